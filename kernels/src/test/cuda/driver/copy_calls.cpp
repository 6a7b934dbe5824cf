// Copies and fills. The synchronous forms belong to the legacy default stream, as in CUDA: work of a non-blocking
// stream is not waited for. Copies from pinned memory read it when they run; copies from pageable memory take it at
// once; copies to pageable memory wait for the stream.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "call.h"
#include "captures.h"
#include "state.h"
#include "streams.h"

using namespace driver;

namespace {

char* bytesAt(uintptr_t address) { return reinterpret_cast<char*>(address); }

// Checks that [address, address + bytes) is memory that a device may touch, and still is.
void checkOnDevice(uintptr_t address, size_t bytes) {
  const Allocation* allocation = state().memory.holding(address);
  bool inside = allocation != nullptr && bytes <= allocation->address + allocation->bytes - address;
  if (inside && !allocation->freedInStream) return;
  complain("copy or fill of " + std::to_string(bytes) + " bytes at " + state().memory.describe(address));
  throw Failure{CUDA_ERROR_INVALID_VALUE};
}

// Whether host memory is pinned. Device memory is not host memory.
bool isPinned(const void* host, size_t bytes) {
  check(host != nullptr);
  auto address = reinterpret_cast<uintptr_t>(host);
  const Allocation* allocation = state().memory.holding(address);
  if (allocation == nullptr) return false;
  check(allocation->kind != MemoryKind::DEVICE);
  check(bytes <= allocation->address + allocation->bytes - address);
  return true;
}

// For work that runs later than its call, above all from graphs: memory may have gone in between.
void checkStillThere(const char* name, uintptr_t address, size_t bytes) {
  std::lock_guard<std::mutex> lock(stateMutex());
  if (!state().memory.isFreed(address)) return;
  complain(std::string(name) + " of " + std::to_string(bytes) + " bytes ran at " + state().memory.describe(address));
  throw Failure{CUDA_ERROR_ILLEGAL_ADDRESS};
}

// The legacy default stream, for a call that runs and waits in it.
std::shared_ptr<Stream> legacyStream() {
  refuseUnsafeCall();
  return streamOf(nullptr);
}

void copy(const std::shared_ptr<Stream>& stream, const char* name, uintptr_t to, uintptr_t from, size_t bytes,
          bool wait) {
  Point end = enqueue(stream, name, [=] {
    checkStillThere(name, to, bytes);
    checkStillThere(name, from, bytes);
    memmove(bytesAt(to), bytesAt(from), bytes);
  });
  if (wait) reach(end);
}

void copyToDevice(const std::shared_ptr<Stream>& stream, const char* name, CUdeviceptr to, const void* from,
                  size_t bytes, bool wait) {
  if (bytes == 0) return;
  checkOnDevice(to, bytes);
  if (wait || isPinned(from, bytes)) {
    copy(stream, name, to, reinterpret_cast<uintptr_t>(from), bytes, wait);
    return;
  }
  refuseWhileCapturing(*stream);
  auto source = static_cast<const char*>(from);
  auto staged = std::make_shared<std::vector<char>>(source, source + bytes);
  enqueue(stream, name, [=] {
    checkStillThere(name, to, staged->size());
    memcpy(bytesAt(to), staged->data(), staged->size());
  });
}

void copyToHost(const std::shared_ptr<Stream>& stream, const char* name, void* to, CUdeviceptr from, size_t bytes,
                bool wait) {
  if (bytes == 0) return;
  checkOnDevice(from, bytes);
  bool late = isPinned(to, bytes) && !wait;
  if (!late) refuseWhileCapturing(*stream);
  copy(stream, name, reinterpret_cast<uintptr_t>(to), from, bytes, !late);
}

void copyOnDevice(const std::shared_ptr<Stream>& stream, const char* name, CUdeviceptr to, CUdeviceptr from,
                  size_t bytes) {
  if (bytes == 0) return;
  checkOnDevice(to, bytes);
  checkOnDevice(from, bytes);
  copy(stream, name, to, from, bytes, false);
}

template <typename T>
void fill(const std::shared_ptr<Stream>& stream, const char* name, CUdeviceptr to, T value, size_t count) {
  check(to % sizeof(T) == 0);
  if (count == 0) return;
  check(count <= SIZE_MAX / sizeof(T));
  checkOnDevice(to, count * sizeof(T));
  enqueue(stream, name, [=] {
    checkStillThere(name, to, count * sizeof(T));
    T* values = reinterpret_cast<T*>(bytesAt(to));
    std::fill(values, values + count, value);
  });
}

}  // namespace

extern "C" {

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  return call("cuMemcpyHtoD", [&] { copyToDevice(legacyStream(), "cuMemcpyHtoD", to, from, bytes, true); });
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  return call("cuMemcpyHtoDAsync",
              [&] { copyToDevice(streamOf(stream), "cuMemcpyHtoDAsync", to, from, bytes, false); });
}

CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  return call("cuMemcpyDtoH", [&] { copyToHost(legacyStream(), "cuMemcpyDtoH", to, from, bytes, true); });
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return call("cuMemcpyDtoHAsync",
              [&] { copyToHost(streamOf(stream), "cuMemcpyDtoHAsync", to, from, bytes, false); });
}

// Between places on the device even the synchronous forms do not wait.
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return call("cuMemcpyDtoD", [&] { copyOnDevice(legacyStream(), "cuMemcpyDtoD", to, from, bytes); });
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return call("cuMemcpyDtoDAsync", [&] { copyOnDevice(streamOf(stream), "cuMemcpyDtoDAsync", to, from, bytes); });
}

#define FILLS(bits, type)                                                                                   \
  CUresult cuMemsetD##bits##_v2(CUdeviceptr to, type value, size_t count) {                                 \
    return call("cuMemsetD" #bits, [&] { fill(legacyStream(), "cuMemsetD" #bits, to, value, count); });     \
  }                                                                                                         \
  CUresult cuMemsetD##bits##Async(CUdeviceptr to, type value, size_t count, CUstream stream) {              \
    return call("cuMemsetD" #bits "Async",                                                                  \
                [&] { fill(streamOf(stream), "cuMemsetD" #bits "Async", to, value, count); });              \
  }

FILLS(8, unsigned char)
FILLS(16, unsigned short)
FILLS(32, unsigned)

}  // extern "C"

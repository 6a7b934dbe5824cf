// Allocation and release of device and pinned memory.
#include "call.h"
#include "captures.h"
#include "state.h"
#include "streams.h"

using namespace driver;

namespace {

void* pointer(uintptr_t address) { return reinterpret_cast<void*>(address); }
uintptr_t address(const void* at) { return reinterpret_cast<uintptr_t>(at); }

uintptr_t allocateOnDevice(Context& context, size_t bytes) {
  State& all = state();
  check(bytes > 0);
  uint64_t used = all.memory.usedBytes(context.device);
  check(bytes <= all.settings.memoryBytes && used <= all.settings.memoryBytes - bytes, CUDA_ERROR_OUT_OF_MEMORY);
  return all.memory.allocate(bytes, MemoryKind::DEVICE, context.device, &context).address;
}

// The allocation that starts at the address and may be freed.
Allocation& freeable(uintptr_t start, MemoryKind kind) {
  Allocation* allocation = state().memory.startingAt(start);
  if (allocation == nullptr || allocation->kind != kind) {
    complain("release of an address that is not, or not any more, an allocation: " + state().memory.describe(start));
    throw Failure{CUDA_ERROR_INVALID_VALUE};
  }
  if (allocation->freedInStream) {
    complain("second release of memory that was handed to cuMemFreeAsync");
    throw Failure{CUDA_ERROR_INVALID_VALUE};
  }
  return *allocation;
}

void freeAndCheck(uintptr_t start) {
  std::string damage = state().memory.free(start);
  if (damage.empty()) return;
  complain(damage);
  throw Failure{CUDA_ERROR_ILLEGAL_ADDRESS};
}

void allocatePinned(void** memory, size_t bytes) {
  check(memory != nullptr && bytes > 0);
  Context& context = currentContext();
  refuseUnsafeCall();
  *memory = pointer(state().memory.allocate(bytes, MemoryKind::PINNED, context.device, &context).address);
}

}  // namespace

extern "C" {

CUresult cuMemAlloc_v2(CUdeviceptr* memory, size_t bytes) {
  return call("cuMemAlloc", [&] {
    check(memory != nullptr);
    Context& context = currentContext();
    refuseUnsafeCall();
    *memory = allocateOnDevice(context, bytes);
  });
}

CUresult cuMemFree_v2(CUdeviceptr memory) {
  return call("cuMemFree", [&] {
    Context& context = currentContext();
    refuseUnsafeCall();
    freeable(memory, MemoryKind::DEVICE);
    reachAll(context);  // as the driver does
    freeAndCheck(memory);
  });
}

CUresult cuMemAllocAsync(CUdeviceptr* memory, size_t bytes, CUstream handle) {
  return call("cuMemAllocAsync", [&] {
    check(memory != nullptr);
    std::shared_ptr<Stream> stream = streamOf(handle);
    check(!stream->capture, CUDA_ERROR_NOT_SUPPORTED);
    *memory = allocateOnDevice(*stream->context, bytes);
  });
}

CUresult cuMemFreeAsync(CUdeviceptr memory, CUstream handle) {
  return call("cuMemFreeAsync", [&] {
    std::shared_ptr<Stream> stream = streamOf(handle);
    check(!stream->capture, CUDA_ERROR_NOT_SUPPORTED);
    freeable(memory, MemoryKind::DEVICE).freedInStream = true;
    enqueue(stream, "cuMemFreeAsync", [memory] {
      std::lock_guard<std::mutex> lock(stateMutex());
      freeAndCheck(memory);
    });
  });
}

CUresult cuMemGetInfo_v2(size_t* freeBytes, size_t* totalBytes) {
  return call("cuMemGetInfo", [&] {
    check(freeBytes != nullptr && totalBytes != nullptr);
    Context& context = currentContext();
    *totalBytes = state().settings.memoryBytes;
    *freeBytes = *totalBytes - state().memory.usedBytes(context.device);
  });
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr memory) {
  return call("cuMemGetAddressRange", [&] {
    currentContext();
    Allocation* allocation = state().memory.holding(memory);
    check(allocation != nullptr, CUDA_ERROR_NOT_FOUND);
    if (base != nullptr) *base = allocation->address;
    if (bytes != nullptr) *bytes = allocation->bytes;
  });
}

CUresult cuMemHostAlloc(void** memory, size_t bytes, unsigned flags) {
  return call("cuMemHostAlloc", [&] {
    check(flags < 8);
    allocatePinned(memory, bytes);
  });
}

CUresult cuMemAllocHost_v2(void** memory, size_t bytes) {
  return call("cuMemAllocHost", [&] { allocatePinned(memory, bytes); });
}

CUresult cuMemFreeHost(void* memory) {
  return call("cuMemFreeHost", [&] {
    Context& context = currentContext();
    refuseUnsafeCall();
    freeable(address(memory), MemoryKind::PINNED);
    reachAll(context);  // as the driver does
    freeAndCheck(address(memory));
  });
}

CUresult cuMemHostRegister_v2(void* memory, size_t bytes, unsigned flags) {
  return call("cuMemHostRegister", [&] {
    check(memory != nullptr && bytes > 0 && flags < 16);
    Context& context = currentContext();
    refuseUnsafeCall();
    check(state().memory.holding(address(memory)) == nullptr, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    state().memory.add(address(memory), bytes, &context);
  });
}

CUresult cuMemHostUnregister(void* memory) {
  return call("cuMemHostUnregister", [&] {
    Context& context = currentContext();
    refuseUnsafeCall();
    Allocation* allocation = state().memory.startingAt(address(memory));
    bool registered = allocation != nullptr && allocation->kind == MemoryKind::REGISTERED;
    check(registered, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
    reachAll(context);
    state().memory.free(address(memory));
  });
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* onDevice, void* memory, unsigned flags) {
  return call("cuMemHostGetDevicePointer", [&] {
    check(onDevice != nullptr && flags == 0);
    currentContext();
    Allocation* allocation = state().memory.holding(address(memory));
    check(allocation != nullptr && allocation->kind != MemoryKind::DEVICE);
    *onDevice = address(memory);
  });
}

}  // extern "C"

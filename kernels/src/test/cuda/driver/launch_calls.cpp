// Launches and what can be asked before one.
#include <algorithm>
#include <cstring>
#include <vector>

#include "call.h"
#include "device.h"
#include "faults.h"
#include "kernels.h"
#include "state.h"
#include "streams.h"

using namespace driver;

namespace {

void checkGeometry(const Function& function, const Geometry& geometry) {
  uint64_t threads = uint64_t{geometry.block[0]} * geometry.block[1] * geometry.block[2];
  for (int axis = 0; axis < 3; axis++) check(geometry.grid[axis] > 0 && geometry.block[axis] > 0);
  check(geometry.grid[0] <= INT32_MAX && geometry.grid[1] <= 65535 && geometry.grid[2] <= 65535);
  check(geometry.block[0] <= 1024 && geometry.block[1] <= 1024 && geometry.block[2] <= 64 && threads <= 1024);
  if (threads > static_cast<uint64_t>(function.kernel->threads)) {
    complain(function.kernel->name + " was compiled for " + std::to_string(function.kernel->threads) +
             " threads a block and launched with " + std::to_string(threads));
    throw Failure{CUDA_ERROR_INVALID_VALUE};
  }
  if (geometry.dynamicSharedBytes > static_cast<unsigned>(function.maxDynamicSharedBytes)) {
    complain(function.kernel->name + " was launched with " + std::to_string(geometry.dynamicSharedBytes) +
             " bytes of dynamic shared memory; cuFuncSetAttribute allows " +
             std::to_string(function.maxDynamicSharedBytes));
    throw Failure{CUDA_ERROR_INVALID_VALUE};
  }
}

// A copy of the kernel's one argument, out of a table of pointers or out of a buffer.
std::vector<char> copyArguments(const Kernel& kernel, void** table, void** extra) {
  check((table == nullptr) != (extra == nullptr));
  std::vector<char> arguments(kernel.argumentBytes);
  if (table != nullptr) {
    check(table[0] != nullptr);
    memcpy(arguments.data(), table[0], arguments.size());
    return arguments;
  }
  const void* buffer = nullptr;
  size_t bytes = 0;
  for (int i = 0; reinterpret_cast<uintptr_t>(extra[i]) != CU_LAUNCH_PARAM_END; i += 2) {
    auto word = reinterpret_cast<uintptr_t>(extra[i]);
    check(word == CU_LAUNCH_PARAM_BUFFER_POINTER || word == CU_LAUNCH_PARAM_BUFFER_SIZE);
    if (word == CU_LAUNCH_PARAM_BUFFER_POINTER) buffer = extra[i + 1];
    if (word == CU_LAUNCH_PARAM_BUFFER_SIZE) bytes = *static_cast<size_t*>(extra[i + 1]);
  }
  check(buffer != nullptr && bytes == arguments.size());
  memcpy(arguments.data(), buffer, bytes);
  return arguments;
}

int blocksPerMultiprocessor(const Function& function, int threads, size_t dynamicSharedBytes) {
  Limits limits = limitsOf(state().settings);
  check(threads > 0);
  if (threads > 1024 || dynamicSharedBytes > static_cast<size_t>(function.maxDynamicSharedBytes)) return 0;
  constexpr size_t SYSTEM_BYTES = 1024;
  int byThreads = limits.threadsPerMultiprocessor / ((threads + 31) / 32 * 32);
  int byShared = static_cast<int>(static_cast<size_t>(limits.sharedBytesPerMultiprocessor) /
                                  (dynamicSharedBytes + SYSTEM_BYTES));
  return std::min({byThreads, byShared, limits.blocksPerMultiprocessor});
}

CUresult blocks(const char* name, int* count, CUfunction function, int threads, size_t dynamicSharedBytes) {
  return call(name, [&] {
    check(count != nullptr);
    currentContext();
    *count = blocksPerMultiprocessor(*state().functions.get(function), threads, dynamicSharedBytes);
  });
}

}  // namespace

extern "C" {

CUresult cuLaunchKernel(CUfunction handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                        unsigned blockY, unsigned blockZ, unsigned dynamicSharedBytes, CUstream streamHandle,
                        void** table, void** extra) {
  return call("cuLaunchKernel", [&] {
    Context& context = currentContext();
    std::shared_ptr<Function> function = state().functions.get(handle);
    std::shared_ptr<Stream> stream = streamOf(streamHandle);
    check(stream->context == &context, CUDA_ERROR_INVALID_HANDLE);
    check(state().modules.get(function->module)->context == &context, CUDA_ERROR_INVALID_HANDLE);
    Geometry geometry{{gridX, gridY, gridZ}, {blockX, blockY, blockZ}, dynamicSharedBytes};
    checkGeometry(*function, geometry);
    const Kernel* kernel = function->kernel;
    std::vector<char> arguments = copyArguments(*kernel, table, extra);
    const Settings& settings = state().settings;
    Emulation emulation{settings.seed == 0 ? 0 : state().random(), settings.threads};
    countAndInject("kernel " + kernel->name);
    emulation.guard = [kernel](const std::function<void()>& body) { runGuarded(kernel->name, body); };
    enqueue(stream, kernel->name, [=] { kernel->run(*kernel, geometry, emulation, arguments.data()); });
  });
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* count, CUfunction function, int threads,
                                                     size_t dynamicSharedBytes) {
  return blocks("cuOccupancyMaxActiveBlocksPerMultiprocessor", count, function, threads, dynamicSharedBytes);
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* count, CUfunction function, int threads,
                                                              size_t dynamicSharedBytes, unsigned) {
  return blocks("cuOccupancyMaxActiveBlocksPerMultiprocessor", count, function, threads, dynamicSharedBytes);
}

}  // extern "C"

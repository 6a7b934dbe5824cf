// Modules and functions.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "call.h"
#include "captures.h"
#include "device.h"
#include "images.h"
#include "kernels.h"
#include "state.h"

using namespace driver;

namespace {

void load(CUmodule* handle, const void* image) {
  check(handle != nullptr);
  auto module = std::make_shared<Module>();
  module->context = &currentContext();
  refuseUnsafeCall();
  module->ptx = checkImage(image, state().settings);
  *handle = state().modules.add(module);
}

// Writes what the compiler of PTX would, where the caller left room for it.
void writeErrorLog(unsigned count, const int* options, void** values, const std::string& text) {
  char* buffer = nullptr;
  size_t bytes = 0;
  for (unsigned i = 0; i < count; i++) {
    if (options[i] == JIT_ERROR_LOG_BUFFER) buffer = static_cast<char*>(values[i]);
    if (options[i] == JIT_ERROR_LOG_BUFFER_SIZE_BYTES) bytes = reinterpret_cast<uintptr_t>(values[i]);
  }
  if (buffer != nullptr && bytes > 0) snprintf(buffer, bytes, "%s", text.c_str());
}

int attributeOf(const Function& function, int attribute) {
  const Settings& settings = state().settings;
  switch (attribute) {
    case FUNCTION_MAX_THREADS_PER_BLOCK:
      return function.kernel->threads;
    case FUNCTION_PTX_VERSION:
    case FUNCTION_BINARY_VERSION:
      return settings.capability();
    case FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      return function.maxDynamicSharedBytes;
    case FUNCTION_PREFERRED_SHARED_MEMORY_CARVEOUT:
      return function.carveout;
    case FUNCTION_SHARED_SIZE_BYTES:
    case FUNCTION_CONST_SIZE_BYTES:
    case FUNCTION_LOCAL_SIZE_BYTES:
    case FUNCTION_NUM_REGS:
    case FUNCTION_CACHE_MODE_CA:
      return 0;
    default:
      throw Failure{CUDA_ERROR_INVALID_VALUE};
  }
}

}  // namespace

extern "C" {

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  return call("cuModuleLoadData", [&] { load(module, image); });
}

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, int* options, void** values) {
  return call("cuModuleLoadDataEx", [&] {
    try {
      load(module, image);
    } catch (const Failure& failure) {
      if (failure.result == CUDA_ERROR_UNSUPPORTED_PTX_VERSION || failure.result == CUDA_ERROR_INVALID_PTX) {
        writeErrorLog(count, options, values, "emulated compiler: the .version or the .target is not of this device\n");
      }
      throw;
    }
  });
}

CUresult cuModuleLoadFatBinary(CUmodule* module, const void* image) {
  return call("cuModuleLoadFatBinary", [&] { load(module, image); });
}

CUresult cuModuleLoad(CUmodule* module, const char* path) {
  return call("cuModuleLoad", [&] {
    check(path != nullptr);
    std::ifstream file(path, std::ios::binary);
    check(file.good(), CUDA_ERROR_FILE_NOT_FOUND);
    std::string image{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    check(image.size() >= 64, CUDA_ERROR_INVALID_IMAGE);
    load(module, image.c_str());
  });
}

CUresult cuModuleUnload(CUmodule handle) {
  return call("cuModuleUnload", [&] {
    currentContext();
    refuseUnsafeCall();
    state().modules.get(handle);
    state().functions.removeIf([&](const Function& function) { return function.module == handle; });
    state().modules.remove(handle);
  });
}

CUresult cuModuleGetFunction(CUfunction* handle, CUmodule moduleHandle, const char* name) {
  return call("cuModuleGetFunction", [&] {
    check(handle != nullptr && name != nullptr && *name != '\0');
    currentContext();
    std::shared_ptr<Module> module = state().modules.get(moduleHandle);
    std::shared_ptr<Function>& function = module->functions[name];
    if (!function) {
      const Kernel* kernel = findKernel(name);
      bool inImage = module->ptx.empty() || hasEntry(module->ptx, name);
      if (kernel == nullptr && inImage && !module->ptx.empty()) {
        complain(std::string("the image has a kernel ") + name + ", but it is not among those emulated");
      }
      if (kernel == nullptr || !inImage) {
        module->functions.erase(name);
        throw Failure{CUDA_ERROR_NOT_FOUND};
      }
      function = std::make_shared<Function>();
      function->kernel = kernel;
      function->module = moduleHandle;
      state().functions.add(function);
    }
    *handle = function.get();
  });
}

CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
  return call("cuFuncGetAttribute", [&] {
    check(value != nullptr);
    currentContext();
    *value = attributeOf(*state().functions.get(handle), attribute);
  });
}

CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
  return call("cuFuncSetAttribute", [&] {
    currentContext();
    std::shared_ptr<Function> function = state().functions.get(handle);
    switch (attribute) {
      case FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES:
        check(value >= 0 && value <= limitsOf(state().settings).sharedBytesPerBlockOptIn);
        function->maxDynamicSharedBytes = value;
        return;
      case FUNCTION_PREFERRED_SHARED_MEMORY_CARVEOUT:
        check(value >= -1 && value <= 100);
        function->carveout = value;
        return;
      default:
        throw Failure{CUDA_ERROR_INVALID_VALUE};
    }
  });
}

CUresult cuFuncSetCacheConfig(CUfunction handle, int) {
  return call("cuFuncSetCacheConfig", [&] { state().functions.get(handle); });
}

}  // extern "C"

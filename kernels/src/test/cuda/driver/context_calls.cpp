// Contexts, primary and others.
#include "call.h"
#include "captures.h"
#include "state.h"
#include "streams.h"

using namespace driver;

namespace {

std::shared_ptr<Context> createContext(CUdevice device, unsigned flags) {
  State& all = state();
  check(device >= 0 && device < all.settings.devices, CUDA_ERROR_INVALID_DEVICE);
  auto context = std::make_shared<Context>();
  context->device = device;
  context->flags = flags;
  all.contexts.add(context);
  createStream(*context, 0, 0);
  return context;
}

std::shared_ptr<Context>& primaryContext(CUdevice device) {
  check(device >= 0 && device < state().settings.devices, CUDA_ERROR_INVALID_DEVICE);
  return state().primaryContexts[static_cast<size_t>(device)];
}

Context* checkedContext(CUcontext handle) {
  return state().contexts.get(handle, CUDA_ERROR_INVALID_CONTEXT).get();
}

}  // namespace

extern "C" {

CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
  return call("cuCtxCreate", [&] {
    check(context != nullptr);
    refuseUnsafeCall();
    Context* created = createContext(device, flags).get();
    contextStack().push_back(created);
    *context = created;
  });
}

CUresult cuCtxDestroy_v2(CUcontext handle) {
  return call("cuCtxDestroy", [&] {
    Context* context = checkedContext(handle);
    check(!context->primary, CUDA_ERROR_INVALID_CONTEXT);
    destroyContext(*context);
    if (!contextStack().empty() && contextStack().back() == context) contextStack().pop_back();
  });
}

CUresult cuCtxPushCurrent_v2(CUcontext handle) {
  return call("cuCtxPushCurrent", [&] { contextStack().push_back(checkedContext(handle)); });
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  return call("cuCtxPopCurrent", [&] {
    check(!contextStack().empty(), CUDA_ERROR_INVALID_CONTEXT);
    if (context != nullptr) *context = contextStack().back();
    contextStack().pop_back();
  });
}

CUresult cuCtxSetCurrent(CUcontext handle) {
  return call("cuCtxSetCurrent", [&] {
    Context* context = handle == nullptr ? nullptr : checkedContext(handle);
    if (!contextStack().empty()) contextStack().pop_back();
    if (context != nullptr) contextStack().push_back(context);
  });
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  return call("cuCtxGetCurrent", [&] {
    check(context != nullptr);
    *context = contextStack().empty() ? nullptr : contextStack().back();
  });
}

CUresult cuCtxGetDevice(CUdevice* device) {
  return call("cuCtxGetDevice", [&] {
    check(device != nullptr);
    *device = currentContext().device;
  });
}

CUresult cuCtxGetFlags(unsigned* flags) {
  return call("cuCtxGetFlags", [&] {
    check(flags != nullptr);
    *flags = currentContext().flags;
  });
}

CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return call("cuCtxGetStreamPriorityRange", [&] {
    currentContext();
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = -5;
  });
}

CUresult cuCtxSynchronize() {
  return call("cuCtxSynchronize", [&] {
    Context& context = currentContext();
    refuseWhileCapturing(context);
    reachAll(context);
  });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  return call("cuDevicePrimaryCtxRetain", [&] {
    check(context != nullptr);
    std::shared_ptr<Context>& primary = primaryContext(device);
    if (!primary) {
      primary = createContext(device, 0);
      primary->primary = true;
    }
    primary->retained++;
    *context = primary.get();
  });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return call("cuDevicePrimaryCtxRelease", [&] {
    std::shared_ptr<Context>& primary = primaryContext(device);
    check(primary != nullptr, CUDA_ERROR_INVALID_CONTEXT);
    if (--primary->retained > 0) return;
    destroyContext(*primary);
    primary.reset();
  });
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return call("cuDevicePrimaryCtxReset", [&] {
    std::shared_ptr<Context>& primary = primaryContext(device);
    if (!primary) return;
    destroyContext(*primary);
    primary.reset();
  });
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  return call("cuDevicePrimaryCtxGetState", [&] {
    check(flags != nullptr && active != nullptr);
    const std::shared_ptr<Context>& primary = primaryContext(device);
    *flags = primary ? primary->flags : 0;
    *active = primary != nullptr;
  });
}

}  // extern "C"

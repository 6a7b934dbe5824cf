// Initialisation, versions, devices.
#include <cstdio>
#include <cstring>
#include <string>

#include "call.h"
#include "device.h"
#include "state.h"

using namespace driver;

namespace {

int checkedDevice(CUdevice device) {
  check(device >= 0 && device < state().settings.devices, CUDA_ERROR_INVALID_DEVICE);
  return device;
}

const char* nameOf(CUresult result) {
  switch (result) {
#define X(name, value, text) \
  case name:                 \
    return #name;
    CUDA_RESULTS(X)
#undef X
  }
  return nullptr;
}

const char* textOf(CUresult result) {
  switch (result) {
#define X(name, value, text) \
  case name:                 \
    return text;
    CUDA_RESULTS(X)
#undef X
  }
  return nullptr;
}

}  // namespace

extern "C" {

CUresult cuGetErrorName(CUresult result, const char** name) {
  return call("cuGetErrorName", [&] {
    *name = nameOf(result);
    check(*name != nullptr);
  });
}

CUresult cuGetErrorString(CUresult result, const char** text) {
  return call("cuGetErrorString", [&] {
    *text = textOf(result);
    check(*text != nullptr);
  });
}

CUresult cuInit(unsigned flags) {
  return call("cuInit", [&] {
    check(flags == 0);
    State& all = state();
    if (!all.initialised) all.settings = readSettings(all.words);
    check(all.settings.devices > 0, CUDA_ERROR_NO_DEVICE);
    all.random.seed(all.settings.seed);
    all.primaryContexts.resize(static_cast<size_t>(all.settings.devices));
    all.initialised = true;
  });
}

CUresult cuDriverGetVersion(int* version) {
  return call("cuDriverGetVersion", [&] {
    check(version != nullptr);
    *version = state().settings.driverVersion;
  });
}

CUresult cuDeviceGetCount(int* count) {
  return call("cuDeviceGetCount", [&] {
    check(count != nullptr);
    *count = state().settings.devices;
  });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return call("cuDeviceGet", [&] {
    check(device != nullptr);
    *device = checkedDevice(ordinal);
  });
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  return call("cuDeviceGetName", [&] {
    check(name != nullptr && length > 0);
    snprintf(name, static_cast<size_t>(length), "Emulated GPU %d", checkedDevice(device));
  });
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  return call("cuDeviceGetUuid", [&] {
    check(uuid != nullptr);
    memcpy(uuid->bytes, "swiftkv-emulated", 16);
    uuid->bytes[15] = static_cast<unsigned char>(checkedDevice(device));
  });
}

CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice device) {
  return call("cuDeviceGetPCIBusId", [&] {
    check(text != nullptr && length > 0);
    snprintf(text, static_cast<size_t>(length), "0000:%02x:00.0", checkedDevice(device) + 1);
  });
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  return call("cuDeviceTotalMem", [&] {
    check(bytes != nullptr);
    checkedDevice(device);
    *bytes = state().settings.memoryBytes;
  });
}

CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  return call("cuDeviceComputeCapability", [&] {
    check(major != nullptr && minor != nullptr);
    checkedDevice(device);
    *major = state().settings.major;
    *minor = state().settings.minor;
  });
}

CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
  return call("cuDeviceGetAttribute", [&] {
    check(value != nullptr);
    *value = deviceAttribute(attribute, checkedDevice(device), state().settings);
  });
}

}  // extern "C"

// What an emulated device can do, by compute capability.
#pragma once

#include "settings.h"

namespace driver {

struct Limits {
  int sharedBytesPerBlock;        // without opting in
  int sharedBytesPerBlockOptIn;
  int sharedBytesPerMultiprocessor;
  int registersPerMultiprocessor;
  int threadsPerMultiprocessor;
  int blocksPerMultiprocessor;
};

Limits limitsOf(const Settings& settings);

// The value of a CU_DEVICE_ATTRIBUTE. Throws Failure if there is no such attribute.
int deviceAttribute(int attribute, int device, const Settings& settings);

}  // namespace driver

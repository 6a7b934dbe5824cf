// Kernel images as cuModuleLoadData takes them. Nothing in them is run: the emulated kernels are. But an image that a
// driver would refuse is refused.
#pragma once

#include <string>

#include "settings.h"

namespace driver {

// Checks an image by its first bytes: a fatbin with code for the device, a cubin for the device, or PTX that its
// driver's compiler would accept. Returns the text if it is PTX, else nothing. Throws Failure.
std::string checkImage(const void* image, const Settings& settings);

// Whether PTX has an entry point with the name.
bool hasEntry(const std::string& ptx, const std::string& name);

}  // namespace driver

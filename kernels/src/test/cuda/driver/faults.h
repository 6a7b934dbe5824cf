// Accesses of an emulated kernel to memory that is out of reach: caught, and answered as a device would.
#pragma once

#include <functional>
#include <string>

namespace driver {

// Runs `body`, part of the kernel `name`, on this thread. If it touches memory that it may not touch, says where that
// lies and throws Failure{CUDA_ERROR_ILLEGAL_ADDRESS}; what `body` had on its stack is not destroyed.
void runGuarded(const std::string& name, const std::function<void()>& body);

}  // namespace driver

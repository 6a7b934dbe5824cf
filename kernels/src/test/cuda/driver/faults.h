// What an emulated kernel does wrong: accesses to memory that is out of reach, and whatever the emulator gives up on.
// Caught, and answered as a device would.
#pragma once

#include <functional>
#include <string>

namespace driver {

// Runs `body`, part of the kernel `name`, on this thread. If it touches memory that it may not touch, says where that
// lies and throws Failure{CUDA_ERROR_ILLEGAL_ADDRESS}; if it aborts, Failure{CUDA_ERROR_LAUNCH_FAILED}. What `body` had
// on its stack is then not destroyed.
void runGuarded(const std::string& name, const std::function<void()>& body);

}  // namespace driver

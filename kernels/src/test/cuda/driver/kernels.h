// The emulated kernels as the driver sees them. The only border between the driver and the emulator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace driver {

struct Geometry {
  unsigned grid[3];
  unsigned block[3];
  unsigned dynamicSharedBytes;
};

// How a launch is emulated: the seed of what a device leaves open (0: as written), and host threads for its blocks.
// `guard`, if there is one, calls its argument; every host thread runs its blocks under it. It throws if they fault.
struct Emulation {
  uint64_t seed;
  int threads;
  std::function<void(const std::function<void()>&)> guard = nullptr;
};

struct Kernel {
  std::string name;
  int threads = 0;  // launch bound
  size_t argumentBytes = 0;
  // Runs a launch to its end.
  void (*run)(const Kernel& kernel, const Geometry& geometry, const Emulation& emulation,
              const void* arguments) = nullptr;
  // What one thread of a block does, for `run`.
  void (*body)(const void* arguments) = nullptr;
};

// The kernel with the name, or null.
const Kernel* findKernel(const std::string& name);

// Every kernel, by name.
std::vector<const Kernel*> allKernels();

// Adds a kernel, for the life of the process.
void addKernel(const Kernel& kernel);

}  // namespace driver

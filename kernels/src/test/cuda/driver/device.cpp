#include "device.h"

#include <climits>

#include "call.h"

namespace driver {

Limits limitsOf(const Settings& settings) {
  // CUDA C++ Programming Guide, "Technical Specifications per Compute Capability". One KiB of a block is the system's.
  constexpr int KIB = 1024;
  switch (settings.capability()) {
    case 80:
    case 87:
      return {48 * KIB, 163 * KIB, 164 * KIB, 65536, 2048, 32};
    case 86:
    case 89:
      return {48 * KIB, 99 * KIB, 100 * KIB, 65536, 1536, 24};
    case 90:
    case 100:
      return {48 * KIB, 227 * KIB, 228 * KIB, 65536, 2048, 32};
    default:
      return {48 * KIB, 64 * KIB, 64 * KIB, 65536, 1024, 16};
  }
}

int deviceAttribute(int attribute, int device, const Settings& settings) {
  Limits limits = limitsOf(settings);
  check(attribute >= 1 && attribute <= 147);
  switch (attribute) {
    case 1:  // MAX_THREADS_PER_BLOCK
    case 2:  // MAX_BLOCK_DIM_X
    case 3:  // MAX_BLOCK_DIM_Y
      return 1024;
    case 4:  // MAX_BLOCK_DIM_Z
      return 64;
    case 5:  // MAX_GRID_DIM_X
      return INT_MAX;
    case 6:  // MAX_GRID_DIM_Y
    case 7:  // MAX_GRID_DIM_Z
      return 65535;
    case 8:  // MAX_SHARED_MEMORY_PER_BLOCK
      return limits.sharedBytesPerBlock;
    case 9:  // TOTAL_CONSTANT_MEMORY
      return 65536;
    case 10:  // WARP_SIZE
      return 32;
    case 12:  // MAX_REGISTERS_PER_BLOCK
    case 82:  // MAX_REGISTERS_PER_MULTIPROCESSOR
      return limits.registersPerMultiprocessor;
    case 13:  // CLOCK_RATE, kHz
      return 1000000;
    case 16:  // MULTIPROCESSOR_COUNT
      return settings.multiprocessors;
    case 15:   // GPU_OVERLAP
    case 19:   // CAN_MAP_HOST_MEMORY
    case 31:   // CONCURRENT_KERNELS
    case 41:   // UNIFIED_ADDRESSING
    case 78:   // STREAM_PRIORITIES_SUPPORTED
    case 99:   // HOST_REGISTER_SUPPORTED
    case 115:  // MEMORY_POOLS_SUPPORTED
      return 1;
    case 33:  // PCI_BUS_ID
      return device + 1;
    case 36:  // MEMORY_CLOCK_RATE, kHz
      return 1000000;
    case 37:  // GLOBAL_MEMORY_BUS_WIDTH, bits
      return 512;
    case 38:  // L2_CACHE_SIZE
      return 32 << 20;
    case 39:  // MAX_THREADS_PER_MULTIPROCESSOR
      return limits.threadsPerMultiprocessor;
    case 40:  // ASYNC_ENGINE_COUNT
      return 2;
    case 75:  // COMPUTE_CAPABILITY_MAJOR
      return settings.major;
    case 76:  // COMPUTE_CAPABILITY_MINOR
      return settings.minor;
    case 81:  // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
      return limits.sharedBytesPerMultiprocessor;
    case 97:  // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
      return limits.sharedBytesPerBlockOptIn;
    case 106:  // MAX_BLOCKS_PER_MULTIPROCESSOR
      return limits.blocksPerMultiprocessor;
    case 111:  // RESERVED_SHARED_MEMORY_PER_BLOCK
      return 1024;
    default:
      return 0;
  }
}

}  // namespace driver

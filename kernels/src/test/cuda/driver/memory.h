// Device and pinned memory: host pages between guard pages that nobody may touch.
//
// An allocation ends at its rear guard page, so that the first byte past it faults; what remains before it on its first
// page, and between its size and the next multiple of ALIGNMENT, is filled with a pattern that is checked when the
// allocation is freed. Fresh memory is filled with bytes of ones: NaN as any kind of float. Freed memory stays
// reserved and out of reach, so that a late access faults instead of reading somebody else's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace driver {

constexpr size_t ALIGNMENT = 256;

enum class MemoryKind { DEVICE, PINNED, REGISTERED };

struct Allocation {
  uintptr_t address = 0;
  size_t bytes = 0;
  MemoryKind kind = MemoryKind::DEVICE;
  int device = 0;
  const void* context = nullptr;
  bool freedInStream = false;  // handed to cuMemFreeAsync: whoever names it from now on is too late
  uintptr_t mapping = 0;
  size_t mappingBytes = 0;
};

class Memory {
 public:
  // Throws std::bad_alloc if the host has no pages left.
  Allocation& allocate(size_t bytes, MemoryKind kind, int device, const void* context);

  // Makes host memory that exists a pinned range.
  Allocation& add(uintptr_t address, size_t bytes, const void* context);

  // Takes an allocation out of reach. Says what is wrong if bytes around it were overwritten, else nothing.
  std::string free(uintptr_t address);

  // What is wrong with the bytes around any allocation of the context; nothing if all is well.
  std::string damage(const void* context) const;

  // The allocation that starts at the address, or null.
  Allocation* startingAt(uintptr_t address);

  // The allocation that holds the address, or null.
  Allocation* holding(uintptr_t address);

  // Whether the address lies in memory that was freed.
  bool isFreed(uintptr_t address) const;

  uint64_t usedBytes(int device) const;
  uint64_t peakBytes(int device) const;

  // Counts the peak anew, from what is in use now.
  void resetPeak() { peak = used; }

  size_t count() const { return allocations.size(); }

  // Frees whatever belongs to the context.
  void freeAll(const void* context);

  // Describes where an address lies relative to memory that is or was allocated. For the report of a fault.
  std::string describe(uintptr_t address) const;

 private:
  const Allocation* freedAt(uintptr_t address) const;

  std::map<uintptr_t, Allocation> allocations;
  std::map<uintptr_t, Allocation> freed;
  std::map<int, uint64_t> used;
  std::map<int, uint64_t> peak;
};

}  // namespace driver

#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <vector>

namespace driver {
namespace {

constexpr unsigned char FRESH = 0xFF;
constexpr unsigned char GUARD = 0xA5;

size_t pageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

bool untouched(uintptr_t from, uintptr_t to) {
  for (uintptr_t at = from; at < to; at++) {
    if (*reinterpret_cast<const unsigned char*>(at) != GUARD) return false;
  }
  return true;
}

std::string name(const Allocation& allocation) {
  const char* kind = allocation.kind == MemoryKind::DEVICE ? "device" : "pinned";
  return std::string(kind) + " allocation of " + std::to_string(allocation.bytes) + " bytes";
}

std::string damageOf(const Allocation& allocation) {
  if (allocation.mapping == 0) return "";
  uintptr_t end = allocation.address + allocation.bytes;
  if (!untouched(allocation.mapping + pageBytes(), allocation.address)) {
    return "bytes in front of a " + name(allocation) + " were overwritten";
  }
  if (!untouched(end, allocation.mapping + allocation.mappingBytes - pageBytes())) {
    return "bytes behind a " + name(allocation) + " were overwritten";
  }
  return "";
}

}  // namespace

Allocation& Memory::allocate(size_t bytes, MemoryKind kind, int device, const void* context) {
  size_t page = pageBytes();
  size_t dataBytes = roundUp(bytes, ALIGNMENT);
  size_t dataPages = roundUp(dataBytes, page);
  size_t mappingBytes = dataPages + 2 * page;
  void* mapping = mmap(nullptr, mappingBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  char* pages = static_cast<char*>(mapping) + page;
  if (mprotect(pages, dataPages, PROT_READ | PROT_WRITE) != 0) {
    munmap(mapping, mappingBytes);
    throw std::bad_alloc();
  }
  char* data = pages + dataPages - dataBytes;
  memset(pages, GUARD, data - pages);
  memset(data, FRESH, bytes);
  memset(data + bytes, GUARD, dataBytes - bytes);

  Allocation allocation;
  allocation.address = reinterpret_cast<uintptr_t>(data);
  allocation.bytes = bytes;
  allocation.kind = kind;
  allocation.device = device;
  allocation.context = context;
  allocation.mapping = reinterpret_cast<uintptr_t>(mapping);
  allocation.mappingBytes = mappingBytes;
  if (kind == MemoryKind::DEVICE) {
    used[device] += bytes;
    if (used[device] > peak[device]) peak[device] = used[device];
  }
  return allocations[allocation.address] = allocation;
}

Allocation& Memory::add(uintptr_t address, size_t bytes, const void* context) {
  Allocation allocation;
  allocation.address = address;
  allocation.bytes = bytes;
  allocation.kind = MemoryKind::REGISTERED;
  allocation.context = context;
  return allocations[address] = allocation;
}

std::string Memory::free(uintptr_t address) {
  Allocation allocation = allocations.at(address);
  allocations.erase(address);
  if (allocation.kind == MemoryKind::DEVICE) used[allocation.device] -= allocation.bytes;
  if (allocation.mapping == 0) return "";
  std::string problem = damageOf(allocation);
  // Mapped anew over itself: the pages go back to the system, the addresses do not.
  mmap(reinterpret_cast<void*>(allocation.mapping), allocation.mappingBytes, PROT_NONE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  freed[allocation.address] = allocation;
  return problem;
}

std::string Memory::damage(const void* context) const {
  for (const auto& [address, allocation] : allocations) {
    if (allocation.context != context) continue;
    std::string problem = damageOf(allocation);
    if (!problem.empty()) return problem;
  }
  return "";
}

Allocation* Memory::startingAt(uintptr_t address) {
  auto found = allocations.find(address);
  return found == allocations.end() ? nullptr : &found->second;
}

Allocation* Memory::holding(uintptr_t address) {
  auto after = allocations.upper_bound(address);
  if (after == allocations.begin()) return nullptr;
  Allocation& candidate = std::prev(after)->second;
  return address < candidate.address + candidate.bytes ? &candidate : nullptr;
}

uint64_t Memory::usedBytes(int device) const {
  auto found = used.find(device);
  return found == used.end() ? 0 : found->second;
}

uint64_t Memory::peakBytes(int device) const {
  auto found = peak.find(device);
  return found == peak.end() ? 0 : found->second;
}

void Memory::freeAll(const void* context) {
  std::vector<uintptr_t> addresses;
  for (const auto& [address, allocation] : allocations) {
    if (allocation.context == context) addresses.push_back(address);
  }
  for (uintptr_t address : addresses) free(address);
}

bool Memory::isFreed(uintptr_t address) const { return freedAt(address) != nullptr; }

const Allocation* Memory::freedAt(uintptr_t address) const {
  auto after = freed.upper_bound(address);
  if (after == freed.begin()) return nullptr;
  const Allocation& candidate = std::prev(after)->second;
  return address < candidate.mapping + candidate.mappingBytes ? &candidate : nullptr;
}

std::string Memory::describe(uintptr_t address) const {
  if (const Allocation* gone = freedAt(address)) {
    return std::to_string(address - gone->address) + " bytes into a freed " + name(*gone);
  }
  for (const auto& [start, live] : allocations) {
    uintptr_t end = start + live.bytes;
    if (address >= start && address < end) return std::to_string(address - start) + " bytes into a " + name(live);
    if (address < live.mapping || address >= live.mapping + live.mappingBytes) continue;
    if (address < start) return std::to_string(start - address) + " bytes before a " + name(live);
    return std::to_string(address - end) + " bytes past the end of a " + name(live);
  }
  return "an address that is not the device's";
}

}  // namespace driver

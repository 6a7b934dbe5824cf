#include "background.h"

#include <cstring>

namespace emulator {
namespace {

constexpr int COPY_BYTES = 16;

// An mbarrier. The phase is the lowest bit of `bytesAndPhase`; above it stand the bytes that are still to land.
struct SharedBarrier {
  uint32_t bytesAndPhase;
  int16_t pending;
  int16_t count;
};

SharedBarrier& barrierAt(uint32_t address) {
  if (address % alignof(uint64_t) != 0) fail("a barrier at %u, which is no multiple of 8", address);
  return *reinterpret_cast<SharedBarrier*>(sharedAt(address, sizeof(SharedBarrier)));
}

void completePhase(SharedBarrier& barrier) {
  if (barrier.pending == 0 && barrier.bytesAndPhase >> 1 == 0) {
    barrier.pending = barrier.count;
    barrier.bytesAndPhase ^= 1;
    block->events++;
  }
}

bool isAligned(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer) % COPY_BYTES == 0; }

}  // namespace

void copyAsync(void* shared, const void* global, bool valid) {
  sharedOffset(shared);
  if (!isAligned(shared)) fail("cp.async to %p, which is no multiple of 16", shared);
  if (valid && !isAligned(global)) fail("cp.async from %p, which is no multiple of 16", global);
  fiber->copies.push_back({shared, valid ? global : nullptr, fiber->copyGroup});
}

void finishCopies(int keep) {
  auto& copies = fiber->copies;
  size_t done = 0;
  for (; done < copies.size() && copies[done].group < fiber->copyGroup - keep; done++) {
    const Copy& copy = copies[done];
    if (copy.from == nullptr) {
      std::memset(copy.to, 0, COPY_BYTES);
    } else {
      std::memcpy(copy.to, copy.from, COPY_BYTES);
    }
  }
  copies.erase(copies.begin(), copies.begin() + static_cast<std::ptrdiff_t>(done));
}

void initBarrier(uint32_t address, int count) {
  SharedBarrier& barrier = barrierAt(address);
  barrier = {0, static_cast<int16_t>(count), static_cast<int16_t>(count)};
}

void arrive(uint32_t address, int expectedBytes) {
  SharedBarrier& barrier = barrierAt(address);
  if (barrier.pending <= 0) fail("more arrivals at the barrier at %u than the %d it counts", address, barrier.count);
  barrier.bytesAndPhase += 2 * static_cast<uint32_t>(expectedBytes);
  barrier.pending--;
  block->events++;
  completePhase(barrier);
}

void waitForPhase(uint32_t address, int parity) {
  SharedBarrier& barrier = barrierAt(address);
  auto running = static_cast<uint32_t>(parity);
  if ((barrier.bytesAndPhase & 1) == running) {
    waitWhile(&barrier.bytesAndPhase, 1, running, "a barrier in shared memory");
  }
}

void copyInBulk(uint32_t shared, const void* global, int bytes, uint32_t address) {
  if (bytes <= 0 || bytes % COPY_BYTES != 0 || !isAligned(global) || shared % COPY_BYTES != 0) {
    fail("a bulk copy of %d bytes from %p to %u: all must be multiples of 16", bytes, global, shared);
  }
  sharedAt(shared, static_cast<uint32_t>(bytes));
  barrierAt(address);
  block->bulkCopies.push_back({shared, global, bytes, address});
  block->events++;
}

void checkPrefetch(const void* global, int bytes) {
  if (bytes % COPY_BYTES != 0 || !isAligned(global)) {
    fail("a bulk prefetch of %d bytes from %p: both must be multiples of 16", bytes, global);
  }
}

bool runCopyEngine(Block& engine, bool force) {
  bool any = false;
  while (!engine.bulkCopies.empty() && ((force && !any) || engine.random() % 3 == 0)) {
    size_t chosen = engine.random() % engine.bulkCopies.size();
    Bulk copy = engine.bulkCopies[chosen];
    engine.bulkCopies.erase(engine.bulkCopies.begin() + static_cast<std::ptrdiff_t>(chosen));
    std::memcpy(sharedAt(copy.to, static_cast<uint32_t>(copy.bytes)), copy.from, static_cast<size_t>(copy.bytes));
    SharedBarrier& barrier = barrierAt(copy.barrier);
    barrier.bytesAndPhase -= 2 * static_cast<uint32_t>(copy.bytes);
    completePhase(barrier);
    any = true;
  }
  return any;
}

}  // namespace emulator

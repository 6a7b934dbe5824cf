// What the hardware does in the background: copies by threads, copies by the copy engine, barriers in shared memory.
#pragma once

#include <cstdint>

#include "block.h"

namespace emulator {

// Does this thread's copies of all groups but the latest `keep`.
void finishCopies(int keep);

void copyAsync(void* shared, const void* global, bool valid);
void initBarrier(uint32_t address, int count);
void arrive(uint32_t address, int expectedBytes);
void waitForPhase(uint32_t address, int parity);
void copyInBulk(uint32_t shared, const void* global, int bytes, uint32_t address);
void checkPrefetch(const void* global, int bytes);

// Lets the copy engine do some of its copies, or one at least if `force`. Whether it did any.
bool runCopyEngine(Block& block, bool force);

}  // namespace emulator

inline void copyAsync16(void* shared, const void* global, bool valid) { emulator::copyAsync(shared, global, valid); }

inline void copyAsyncCommit() { emulator::fiber->copyGroup++; }

template <int N>
void copyAsyncWait() {
  emulator::finishCopies(N);
}

inline void barrierInit(uint32_t barrier, int count) { emulator::initBarrier(barrier, count); }

inline void barrierInitFence() {}

inline void barrierExpect(uint32_t barrier, int bytes) { emulator::arrive(barrier, bytes); }

inline void barrierArrive(uint32_t barrier) { emulator::arrive(barrier, 0); }

inline void barrierWait(uint32_t barrier, int parity) { emulator::waitForPhase(barrier, parity); }

inline void copyBulk(uint32_t shared, const void* global, int bytes, uint32_t barrier) {
  emulator::copyInBulk(shared, global, bytes, barrier);
}

inline void prefetchBulk(const void* global, int bytes) { emulator::checkPrefetch(global, bytes); }

inline void fenceProxyAsync() {}

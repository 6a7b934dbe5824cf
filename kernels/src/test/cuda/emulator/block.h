// A thread block under emulation: one fiber per thread, all on one thread of the host, so nothing in a block is ever
// torn. A fiber runs until it must wait for others; the scheduler (run.cpp) then resumes another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels.h"

namespace emulator {

constexpr int WARP_THREADS = 32;
constexpr int WARPGROUP_THREADS = 128;
constexpr int NAMED_BARRIERS = 16;

struct Index {
  unsigned x;
  unsigned y;
  unsigned z;
};

// What a lane brings to an instruction of its warp, and where it wants the result; both on the lane's stack.
struct Exchange {
  const void* in;
  void* out;
};

struct Warp {
  Exchange lanes[WARP_THREADS];
  uint32_t arrived = 0;
  uint32_t mask = 0;  // of the instruction under way
  const char* instruction = nullptr;
  uint32_t alive = 0;
  uint32_t generation = 0;
};

// A copy by cp.async, of this thread and not yet done.
struct Copy {
  void* to;
  const void* from;  // null for zeros
  int group;
};

// A product of a warpgroup, as one of its threads sees it.
struct PendingProduct {
  float* sums;
  uint64_t a;
  const uint32_t* registers;  // of the first operand, where `a` does not describe it
  uint64_t b;
  int columns;
  bool accumulate;
  int group;
};

struct Warpgroup {
  int arrived = 0;
  uint32_t generation = 0;
};

struct Fiber {
  Index index;
  int thread;
  int lane;
  Warp* warp;
  Warpgroup* warpgroup;
  void* stackPointer;
  void* fakeStack;  // of AddressSanitizer
  bool done;
  // Waits until (*word & mask) != value; null while it can run.
  const volatile uint32_t* word;
  uint32_t wordMask;
  uint32_t wordValue;
  const char* waitsFor;
  std::vector<Copy> copies;
  int copyGroup;
  std::vector<PendingProduct> products;
  int productGroup;
};

struct Barrier {
  uint32_t generation = 0;
  int arrived = 0;
  int expected = 0;
};

// A bulk copy that the copy engine has not done yet.
struct Bulk {
  uint32_t to;
  const void* from;
  int bytes;
  uint32_t barrier;
};

struct Block {
  Index grid;
  Index threads;
  Index index;
  std::vector<Fiber> fibers;
  std::vector<Warp> warps;
  std::vector<Warpgroup> warpgroups;
  Barrier barriers[NAMED_BARRIERS];
  std::vector<Bulk> bulkCopies;
  int alive;
  char* dynamicShared;
  unsigned dynamicSharedBytes;
  std::mt19937 random;
  bool shuffled;
  // Counts everything that may let a fiber go on, to notice when nothing can.
  uint64_t events;
  void* schedulerStackPointer;
  const char* kernelName;
  void (*body)(const void*);
  const void* arguments;

  // Waits for `count` threads, or with 0 for all that have not ended, at a barrier.
  void synchronize(int id, int count);

  // Counts this thread among the `count` at a barrier, without waiting.
  void arrive(int id, int count);

 private:
  // Whether this thread was the last one that the barrier waits for.
  bool completes(int id, int count);
};

extern thread_local Block* block;
extern thread_local Fiber* fiber;

// Lets others run until (*word & mask) != value.
void waitWhile(const volatile uint32_t* word, uint32_t mask, uint32_t value, const char* what);

// Reports an error of the kernel, with block and thread, and ends the process.
[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char* format, ...);

// The offset of a pointer into dynamic shared memory; fails for another.
uint32_t sharedOffset(const void* pointer);

// The shared memory at an offset, `bytes` of it.
char* sharedAt(uint32_t offset, uint32_t bytes);

// An instruction that the lanes of `mask` execute together: the last one to come runs it for all. A lane that brings
// another instruction or another mask meanwhile has diverged.
template <typename Body>
void collect(const char* instruction, uint32_t mask, Exchange exchange, Body body) {
  Warp& warp = *fiber->warp;
  uint32_t bit = 1u << fiber->lane;
  uint32_t all = mask & warp.alive;
  if ((mask & bit) == 0) fail("%s with mask %08x, which lacks lane %d", instruction, mask, fiber->lane);
  if (mask != ~0u && all != mask) fail("%s with mask %08x waits for lanes that have ended", instruction, mask);
  if (warp.arrived == 0) {
    warp.mask = mask;
    warp.instruction = instruction;
  } else if (warp.mask != mask || warp.instruction != instruction) {
    fail("%s with mask %08x while other lanes of the warp are at %s with mask %08x", instruction, mask,
         warp.instruction, warp.mask);
  }
  warp.lanes[fiber->lane] = exchange;
  warp.arrived |= bit;
  if (warp.arrived == all) {
    body(warp);
    warp.arrived = 0;
    warp.generation++;
    block->events++;
    return;
  }
  waitWhile(&warp.generation, ~0u, warp.generation, instruction);
}

// Runs a launch: every block, on as many threads of the host as `emulation` says.
void launch(const driver::Kernel& kernel, const driver::Geometry& geometry, const driver::Emulation& emulation,
            const void* arguments);

}  // namespace emulator

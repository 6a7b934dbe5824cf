// The ring of stages in shared memory through which bulk copies feed wgmma: the producer fills a stage when its
// consumers have left it, and a stage's full barrier opens when all its bytes have come.
#pragma once

#include "portable.cuh"

// A place on the way around the ring, and the parity of the round.
template <int STAGES>
struct RingPosition {
  int stage = 0;
  int parity = 0;

  DEVICE void next() {
    stage++;
    if (stage == STAGES) {
      stage = 0;
      parity ^= 1;
    }
  }
};

// Stages first, then the barriers. `shared` is aligned to 1024 bytes, as the 128-byte swizzle wants it.
template <int STAGES, int STAGE_BYTES>
class Ring {
 public:
  static constexpr int SHARED_BYTES = STAGES * STAGE_BYTES + 16 * STAGES;
  using Position = RingPosition<STAGES>;

  DEVICE explicit Ring(const void* shared) : base_(sharedAddress(shared)) {}

  // By one thread, before a __syncthreads.
  DEVICE void initialize(int consumers) const {
    for (int stage = 0; stage < STAGES; stage++) {
      barrierInit(full(stage), 1);
      barrierInit(empty(stage), consumers);
    }
    barrierInitFence();
  }

  DEVICE uint32_t address(const Position& at) const { return base_ + at.stage * STAGE_BYTES; }

  // Producer: waits until the stage may be overwritten.
  DEVICE void waitEmpty(const Position& at) const { barrierWait(empty(at.stage), at.parity ^ 1); }

  // Producer, after waitEmpty: announces `bytes` of copies to the barrier that is returned.
  DEVICE uint32_t announce(const Position& at, int bytes) const {
    barrierExpect(full(at.stage), bytes);
    return full(at.stage);
  }

  DEVICE uint32_t claim(const Position& at, int bytes) const {
    waitEmpty(at);
    return announce(at, bytes);
  }

  DEVICE void waitFull(const Position& at) const { barrierWait(full(at.stage), at.parity); }

  // Consumers: one thread of each warp.
  DEVICE void release(int stage) const { barrierArrive(empty(stage)); }

 private:
  DEVICE uint32_t full(int stage) const { return base_ + STAGES * STAGE_BYTES + 8 * stage; }
  DEVICE uint32_t empty(int stage) const { return full(stage) + 8 * STAGES; }

  uint32_t base_;
};

// Keeps the compiler, which sees a product end where it was issued, from reading sums before the wait above this call.
template <int COUNT>
DEVICE void settle([[maybe_unused]] float (&sums)[COUNT]) {
#ifdef __CUDACC__
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    asm volatile("" : "+f"(sums[i]));
  }
#endif
}

// The loop of a warpgroup over `steps` stages: 64 rows from `rowOffset` of each stage on, times WIDTH places that begin
// at `weightOffset`. One group of products stays in flight while the next is issued; then the stage before is free.
template <int WIDTH, class Stages>
DEVICE void multiplyStages(float (&sums)[WIDTH / 2], const Stages& ring, typename Stages::Position& at, int steps,
                           int rowOffset, int weightOffset) {
  bool releases = threadIdx.x % 32 == 0;
  int previous = 0;
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
    ring.waitFull(at);
    uint64_t rows = tileDescriptor(ring.address(at) + rowOffset);
    uint64_t weights = tileDescriptor(ring.address(at) + weightOffset);
    warpgroupFence();
#pragma unroll
    for (int k = 0; k < 4; k++) {
      // 16 inputs are 32 bytes, counted in 16-byte units in a descriptor.
      multiplyWarpgroup<WIDTH>(sums, rows + 2 * k, weights + 2 * k, step > 0 || k > 0);
    }
    warpgroupCommit();
    warpgroupWait<1>();
    if (releases && step > 0) {
      ring.release(previous);
    }
    previous = at.stage;
    at.next();
  }
  warpgroupWait<0>();
  settle(sums);
  if (releases) {
    ring.release(previous);
  }
}

// How the mma attention kernels bring keys and values of one head from bf16 pages to shared memory: steps of 64 tokens,
// slabs of 64 elements one after the other, each [token][64 elements] with the swizzle of layout.cuh. Pages made of
// slabs are copied as they lie; others are swizzled on the way, and elements past the head size become zero.
#pragma once

#include "arguments.cuh"
#include "attend_merge.cuh"
#include "layout.cuh"

constexpr int ATTEND_STEP_TOKENS = 64;

// Bytes of the keys, or the values, of one step.
HOST_DEVICE constexpr int attendStepBytes(int paddedHead) { return ATTEND_STEP_TOKENS * paddedHead * 2; }

// Offset of 16-byte chunk `chunk` of a token's padded head in a step.
DEVICE int chunkInStep(int token, int chunk) {
  return chunk / 8 * (ATTEND_STEP_TOKENS * 128) + chunkInTile(token, chunk % 8);
}

// Copies the steps of one head of a sequence with THREADS threads, each of which takes one chunk in eight of its
// tokens. Blocks are looked up split by split: lane l of every warp knows where the tokens 16 l .. 16 l + 15 of a split
// lie, a run that no block's end divides. Tokens from `end` on become zeros.
template <int THREADS, int HEAD, bool SLABS>
class PageSteps {
 public:
  DEVICE PageSteps(const AttendArguments& arguments, int sequence, int kvHead, int end)
      : arguments_(arguments),
        table_(arguments.batch->blockTables + static_cast<size_t>(sequence) * arguments.batch->maxBlocksPerSequence),
        kvHead_(kvHead),
        end_(end) {}

  // Looks up the blocks of the split at token `first`, which may take a while.
  DEVICE void lookUp(int first) {
    int token = first + threadIdx.x % 32 * RUN;
    block_ = token < end_ ? table_[token / arguments_.blockTokens] : 0;
  }

  // Goes on to the split at token `first`, which was looked up.
  DEVICE void enter(int first) {
    int token = first + threadIdx.x % 32 * RUN;
    size_t head = headIndex(block_, kvHead_, arguments_.blockTokens, arguments_.kvHeads, arguments_.headSize);
    run_ = 2 * head + token % arguments_.blockTokens * rowBytes();
  }

  // The step at token `first` of the split.
  DEVICE void copyKeys(uint8_t* shared, int first) const {
    copy(shared, static_cast<const uint8_t*>(arguments_.keys), first);
  }
  DEVICE void copyValues(uint8_t* shared, int first) const {
    copy(shared, static_cast<const uint8_t*>(arguments_.values), first);
  }

 private:
  static constexpr int RUN = 16;
  static constexpr int TOKENS = THREADS / 8;  // copied at once, one slab of each
  static_assert(ATTEND_SPLIT_TOKENS == 32 * RUN);

  DEVICE int rowBytes() const { return SLABS ? 128 : arguments_.headSize * 2; }

  DEVICE void copy(uint8_t* shared, const uint8_t* pages, int first) const {
    int slabBytes = SLABS ? arguments_.blockTokens * 128 : 128;
    int thread = recomputed(threadIdx.x);
    int chunk = thread % 8;
    size_t run = 0;
#pragma unroll
    for (int round = 0; round < ATTEND_STEP_TOKENS / TOKENS; round++) {
      int token = round * TOKENS + thread / 8;
      if (TOKENS >= RUN || round * TOKENS % RUN == 0) {
        run = __shfl_sync(0xffffffffu, run_, first / RUN % 32 + token / RUN);
      }
      const uint8_t* from = pages + run + token % RUN * rowBytes() + chunk * 16;
      bool exists = first + token < end_;
#pragma unroll
      for (int slab = 0; slab < HEAD / 64; slab++) {
        bool valid = exists && (SLABS || (8 * slab + chunk) * 8 < arguments_.headSize);
        int to = slab * (ATTEND_STEP_TOKENS * 128);
        to += SLABS ? token * 128 + chunk * 16 : chunkInTile(token, chunk);
        copyAsync16(shared + to, valid ? from + slab * slabBytes : pages, valid);
      }
    }
  }

  const AttendArguments& arguments_;
  const int* table_;
  int kvHead_;
  int end_;
  int block_ = 0;   // of this lane's run in the split looked up last
  size_t run_ = 0;  // where this lane's run of the split begins, in bytes
};

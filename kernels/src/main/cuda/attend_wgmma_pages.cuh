// How attend_wgmma.cu reads keys and values: in steps of 128 tokens from position 0 on. In shared memory a step is one
// slab of 128 tokens for each 64 elements of a head, with a row of 128 bytes for each token, swizzled as in the pages
// (layout.cuh). A warp copies a step, each lane what one block has of one slab.
#pragma once

#include "arguments.cuh"
#include "layout.cuh"

constexpr int ATTEND_WGMMA_STEP_TOKENS = 128;
constexpr int ATTEND_WGMMA_ROW_BYTES = 128;
constexpr int ATTEND_WGMMA_SLAB_BYTES = ATTEND_WGMMA_STEP_TOKENS * ATTEND_WGMMA_ROW_BYTES;

// Keys or values of a step, as they are in shared memory.
template <int HEAD>
struct WgmmaStep {
  static constexpr int SLABS = HEAD / 64;
  static constexpr int BYTES = SLABS * ATTEND_WGMMA_SLAB_BYTES;
};

// What one lane copies of a step. At most eight blocks have a part in a step, since blocks have at least 16 tokens.
template <int HEAD>
struct WgmmaPiece {
  size_t from;  // offset in the array of keys, or of values
  int to;       // offset in the stage
  int bytes;    // 0: the lane has nothing to copy

  // Of tokens `first`, a multiple of 128, to `first + tokens - 1` of a sequence.
  DEVICE WgmmaPiece(const AttendArguments& arguments, int sequence, int kvHead, int first, int tokens) {
    constexpr int SLABS = WgmmaStep<HEAD>::SLABS;
    int lane = threadIdx.x % 32;
    int slab = lane % SLABS;
    int blockTokens = arguments.blockTokens;
    int index = first / blockTokens + lane / SLABS;
    int begin = max(first, index * blockTokens);
    int count = max(0, min(first + tokens, (index + 1) * blockTokens) - begin);
    const BatchView& batch = *arguments.batch;
    const int* table = batch.blockTables + static_cast<size_t>(sequence) * batch.maxBlocksPerSequence;
    size_t block = count == 0 ? 0 : table[index];
    size_t slabOfBlock = (block * arguments.kvHeads + kvHead) * SLABS + slab;
    from = (slabOfBlock * blockTokens + begin - index * blockTokens) * ATTEND_WGMMA_ROW_BYTES;
    to = slab * ATTEND_WGMMA_SLAB_BYTES + (begin - first) * ATTEND_WGMMA_ROW_BYTES;
    bytes = count * ATTEND_WGMMA_ROW_BYTES;
  }

  DEVICE void copy(const void* pages, uint32_t stage, uint32_t barrier) const {
    if (bytes > 0) {
      copyBulk(stage + to, static_cast<const uint8_t*>(pages) + from, bytes, barrier);
    }
  }
};

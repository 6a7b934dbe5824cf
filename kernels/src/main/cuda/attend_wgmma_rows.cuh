// What a warpgroup does with 64 query rows and a step of 128 tokens: scores by one product, softmax in registers, and a
// second product of the weights, rounded to bf16, with the values. Prefill and decode use the same instructions in the
// same order for every row, so a row's bits depend neither on its place in a tile nor on the kernel.
//
// A thread has two rows, 16 (t / 32) + t % 32 / 4 and eight further on, and of each the columns 8 j + 2 (t % 4) + e,
// e in {0, 1}: of the scores a column is a token of the step, of the sums an element of the head.
#pragma once

#include "attend_merge.cuh"
#include "attend_wgmma_pages.cuh"
#include "gemm_ring.cuh"

template <int HEAD>
class WgmmaRows {
 public:
  // Issues scores = queries keys^T. `queries` is the address of 64 rows of 128 bytes, with `querySlabBytes` from 64
  // elements of the head to the next 64.
  DEVICE void multiplyKeys(uint32_t queries, int querySlabBytes, uint32_t keys) {
#pragma unroll
    for (int slab = 0; slab < SLABS; slab++) {
      uint64_t rows = tileDescriptor(queries + slab * querySlabBytes);
      uint64_t tokens = tileDescriptor(keys + slab * ATTEND_WGMMA_SLAB_BYTES);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        multiplyWarpgroup<ATTEND_WGMMA_STEP_TOKENS>(scores_, rows + 2 * k, tokens + 2 * k, slab > 0 || k > 0);
      }
    }
    warpgroupCommit();
  }

  // Issues sums = weights values, added to the sums so far unless this `opens` a split.
  DEVICE void multiplyValues(uint32_t values, bool opens) {
    uint64_t tokens = transposedDescriptor(values, ATTEND_WGMMA_SLAB_BYTES);
#pragma unroll
    for (int k = 0; k < ATTEND_WGMMA_STEP_TOKENS / 16; k++) {
      multiplyWarpgroupTransposed<HEAD>(sums_, weights_[k], tokens + 128 * k, k > 0 || !opens);
    }
    warpgroupCommit();
  }

  DEVICE void settleScores() { settle(scores_); }

  DEVICE void settleSums() {
    settle(sums_);
    settleWeights();
  }

  // Leaves out the scores of columns past the last one that each of the rows sees.
  DEVICE void mask(const int (&lastColumns)[2]) {
    int first = threadIdx.x % 4 * 2;
#pragma unroll
    for (int i = 0; i < 2; i++) {
      int last = lastColumns[i] - first;
#pragma unroll
      for (int j = 0; j < ATTEND_WGMMA_STEP_TOKENS / 8; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& score = scores_[4 * j + 2 * i + e];
          score = 8 * j + e > last ? -INFINITY : score;
        }
      }
    }
  }

  // Begins a split.
  DEVICE void open() {
#pragma unroll
    for (int i = 0; i < 2; i++) {
      maximum_[i] = -INFINITY;
      weight_[i] = 0.0f;
    }
  }

  // Turns scores into weights relative to the new maximum, still as f32. `corrections` receives what sums so far are to
  // be multiplied by.
  DEVICE void weigh(float scaleLog2, float (&corrections)[2]) {
#pragma unroll
    for (int i = 0; i < 2; i++) {
      float maximum = fmaxf(maximum_[i], __fmul_rn(largestScore(i), scaleLog2));
      float base = attendBase(maximum);
      corrections[i] = exp2Fast(__fsub_rn(maximum_[i], base));
      maximum_[i] = maximum;
      float even = 0.0f;
      float odd = 0.0f;
#pragma unroll
      for (int j = 0; j < ATTEND_WGMMA_STEP_TOKENS / 8; j++) {
        float* pair = scores_ + 4 * j + 2 * i;
        pair[0] = exp2Fast(__fmaf_rn(pair[0], scaleLog2, -base));
        pair[1] = exp2Fast(__fmaf_rn(pair[1], scaleLog2, -base));
        even = __fadd_rn(even, pair[0]);
        odd = __fadd_rn(odd, pair[1]);
      }
      weight_[i] = __fmaf_rn(weight_[i], corrections[i], __fadd_rn(even, odd));
    }
  }

  // Has the weights computed before a wait for products that follows.
  DEVICE void finishWeights() const {
    computeBeforeWait(weight_[0] + weight_[1]);
  }

  // Most steps find no new maximum, and multiplying by one changes nothing: so warps leave it out.
  DEVICE void rescale(const float (&corrections)[2]) {
    if (!__any_sync(0xffffffffu, corrections[0] != 1.0f || corrections[1] != 1.0f)) {
      return;
    }
#pragma unroll
    for (int i = 0; i < HEAD / 2; i++) {
      sums_[i] = __fmul_rn(sums_[i], corrections[i / 2 % 2]);
    }
  }

  // Rounds the weights for multiplyValues: the accumulator's order of columns is that of the operand.
  DEVICE void roundWeights() {
#pragma unroll
    for (int k = 0; k < ATTEND_WGMMA_STEP_TOKENS / 16; k++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        weights_[k][i] = packBf16(scores_[8 * k + 2 * i], scores_[8 * k + 2 * i + 1]);
      }
    }
  }

  // For rows that are padding.
  DEVICE void clearWeights() {
#pragma unroll
    for (int k = 0; k < ATTEND_WGMMA_STEP_TOKENS / 16; k++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        weights_[k][i] = 0;
      }
    }
  }

  // What the split has so far of row i, the weight summed over the threads of its quad.
  DEVICE AttendPart part(int i) const {
    float weight = __fadd_rn(weight_[i], __shfl_xor_sync(0xffffffffu, weight_[i], 1));
    return {maximum_[i], __fadd_rn(weight, __shfl_xor_sync(0xffffffffu, weight, 2))};
  }

  // Sum e, 0 or 1, of columns 8 j + 2 (t % 4) + e of row i.
  DEVICE float& sum(int j, int i, int e) { return sums_[4 * j + 2 * i + e]; }

 private:
  static constexpr int SLABS = WgmmaStep<HEAD>::SLABS;

  DEVICE float largestScore(int i) const {
    float largest = -INFINITY;
#pragma unroll
    for (int j = 0; j < ATTEND_WGMMA_STEP_TOKENS / 8; j++) {
      largest = fmaxf(largest, fmaxf(scores_[4 * j + 2 * i], scores_[4 * j + 2 * i + 1]));
    }
    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, 1));
    return fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, 2));
  }

  // As settle: the product has the registers of its first operand until it was waited for.
  DEVICE void settleWeights() {
#ifdef __CUDACC__
#pragma unroll
    for (int k = 0; k < ATTEND_WGMMA_STEP_TOKENS / 16; k++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        asm volatile("" : "+r"(weights_[k][i]));
      }
    }
#endif
  }

  float scores_[ATTEND_WGMMA_STEP_TOKENS / 2];
  float sums_[HEAD / 2];
  uint32_t weights_[ATTEND_WGMMA_STEP_TOKENS / 16][4];
  float maximum_[2];
  float weight_[2];
};

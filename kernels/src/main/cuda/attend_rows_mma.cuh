// The attention of 16 queries of one warp over steps of 64 tokens in shared memory, on mma.sync: Dao's online softmax
// with base-2 exponents. Prefill and decode kernels share this class, so that a query gets the same bits from both,
// whichever of the 16 rows it has.
//
// Thread t of quad g holds rows g and g + 8. Of scores it has tokens 8 j + 2 t + {0, 1}, which is how the next product
// wants them as its first operand, so weights never leave registers; of sums it has elements 8 j + 2 t + {0, 1}.
//
// A step, for scores s = queries keys^T and a row's maximum m, weight w and sums o:
//
//   m' = max(m, scaleLog2 * max s)      p = 2^(scaleLog2 * s - m')
//   w' = w 2^(m - m') + sum p           o' = o 2^(m - m') + bf16(p) values
//
// The sum of p is one chain per thread; the four threads of a quad are added when a split ends. Tokens past a row's
// position have p = 0 and do not show, whatever their keys and values are.
#pragma once

#include "attend_merge.cuh"
#include "attend_pages.cuh"

struct alignas(8) TwoFloats {
  float values[2];
};

// Of two bf16, those that are infinite or no numbers, and zero for the others.
DEVICE uint32_t notFinite(uint32_t pair) {
  constexpr uint32_t EXPONENT = 0x7F80;
  uint32_t low = (pair & EXPONENT) == EXPONENT ? 0xFFFFu : 0;
  uint32_t high = (pair >> 16 & EXPONENT) == EXPONENT ? 0xFFFF0000u : 0;
  return pair & (low | high);
}

template <int HEAD>
class AttendRows {
 public:
  float sums[HEAD / 8][4];
  AttendPart parts[2];  // of rows g and g + 8; weights are this thread's share until finishSplit

  DEVICE AttendRows() : lane_(threadIdx.x % 32) {
    keyOffset_ = chunkInStep(lane_ % 8 + lane_ / 16 * 8, lane_ / 8 % 2);
    valueOffset_ = chunkInStep(lane_ % 16, lane_ / 16);
  }

  // Before a split.
  DEVICE void clear() {
#pragma unroll
    for (int j = 0; j < HEAD / 8; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        sums[j][e] = 0.0f;
      }
    }
    parts[0] = parts[1] = {-INFINITY, 0.0f};
  }

  // The position of row g (half 0) or g + 8 (half 1), for masked steps; -1 if there is no such row.
  DEVICE void place(int half, int position) { positions_[half] = position; }

  // Row g or g + 8: the head at `column` of a token's queries; zeros if there is no such row.
  DEVICE void loadQuery(int half, const void* queries, int across, int headSize, bool exists, int token, int column) {
#pragma unroll
    for (int k = 0; k < HEAD / 16; k++) {
#pragma unroll
      for (int upper = 0; upper < 2; upper++) {
        int element = 16 * k + 8 * upper + 2 * (lane_ % 4);
        uint32_t pair = 0;
        if (exists && element < headSize) {
          pair = *reinterpret_cast<const uint32_t*>(static_cast<const uint8_t*>(queries) +
                                                    tiledOffset(token, column + element, across));
        }
        queries_[k][half + 2 * upper] = pair;
      }
    }
  }

  // scores[row, token] = queries keys^T, with keys at an address in shared memory
  DEVICE void multiplyKeys(float (&scores)[8][4], uint32_t keys) const {
#pragma unroll
    for (int j = 0; j < 8; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        scores[j][e] = 0.0f;
      }
    }
#pragma unroll
    for (int k = 0; k < HEAD / 16; k++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        uint32_t b[4];
        loadMatrixX4(b, chunkFurtherOn(keys + keyOffset_, 2 * k) + 16 * j * 128);
        multiply16x8x16(scores[2 * j], queries_[k], b[0], b[1]);
        multiply16x8x16(scores[2 * j + 1], queries_[k], b[2], b[3]);
      }
    }
  }

  // Turns scores of the step at token `first` into weights, and scales what there is to their new maximum.
  template <bool MASKED>
  DEVICE void weigh(uint32_t (&weights)[4][4], float (&scores)[8][4], int first, float scaleLog2) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float largest = -INFINITY;
#pragma unroll
      for (int i = 0; i < 16; i++) {
        float& score = scores[i / 2][2 * half + i % 2];
        if (MASKED && first + 8 * (i / 2) + 2 * (lane_ % 4) + i % 2 > positions_[half]) {
          score = -INFINITY;
        }
        largest = fmaxf(largest, score);
      }
      largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, 1));
      largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, 2));
      AttendPart& part = parts[half];
      float maximum = fmaxf(part.maximum, __fmul_rn(largest, scaleLog2));
      float base = attendBase(maximum);
      float factor = exp2Fast(__fsub_rn(part.maximum, base));
      part.maximum = maximum;
      part.weight = __fmul_rn(part.weight, factor);
#pragma unroll
      for (int i = 0; i < 16; i++) {
        float& score = scores[i / 2][2 * half + i % 2];
        score = exp2Fast(__fmaf_rn(score, scaleLog2, -base));
        part.weight = __fadd_rn(part.weight, score);
      }
#pragma unroll
      for (int j = 0; j < HEAD / 8; j++) {
        sums[j][2 * half] = __fmul_rn(sums[j][2 * half], factor);
        sums[j][2 * half + 1] = __fmul_rn(sums[j][2 * half + 1], factor);
      }
#pragma unroll
      for (int j = 0; j < 8; j++) {
        weights[j / 2][half + 2 * (j % 2)] = packBf16(scores[j][2 * half], scores[j][2 * half + 1]);
      }
    }
  }

  // sums += weights values, of the step at token `first`
  template <bool MASKED>
  DEVICE void addValues(const uint32_t (&weights)[4][4], uint32_t values, int first) {
#pragma unroll
    for (int c = 0; c < 4; c++) {
#pragma unroll
      for (int j = 0; j < HEAD / 16; j++) {
        uint32_t b[4];
        loadMatrixX4Transposed(b, chunkFurtherOn(values + valueOffset_, 2 * j) + 16 * c * 128);
        if constexpr (MASKED) {
          uint32_t special = notFinite(b[0]) | notFinite(b[1]) | notFinite(b[2]) | notFinite(b[3]);
          if (__any_sync(0xffffffffu, special != 0)) {
            addNotFinite(sums[2 * j], weights[c], b[0], b[1], first + 16 * c);
            addNotFinite(sums[2 * j + 1], weights[c], b[2], b[3], first + 16 * c);
          }
        }
        multiply16x8x16(sums[2 * j], weights[c], b[0], b[1]);
        multiply16x8x16(sums[2 * j + 1], weights[c], b[2], b[3]);
      }
    }
  }

  // One whole step.
  template <bool MASKED>
  DEVICE void addStep(uint32_t keys, uint32_t values, int first, float scaleLog2) {
    float scores[8][4];
    uint32_t weights[4][4];
    multiplyKeys(scores, keys);
    weigh<MASKED>(weights, scores, first, scaleLog2);
    addValues<MASKED>(weights, values, first);
  }

  // Adds the weights of a quad's threads.
  DEVICE void finishSplit() {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float& weight = parts[half].weight;
      weight = __fadd_rn(weight, __shfl_xor_sync(0xffffffffu, weight, 1));
      weight = __fadd_rn(weight, __shfl_xor_sync(0xffffffffu, weight, 2));
    }
  }

 private:
  // A value that is infinite or no number must reach the rows that see its token, and no others, where a product gives
  // 0 * NaN. So such values are added here, token by token, and taken out of the 16 that the product is about to add.
  DEVICE void addNotFinite(float (&to)[4], const uint32_t (&weights)[4], uint32_t& b0, uint32_t& b1, int first) const {
    uint32_t low = notFinite(b0);
    uint32_t high = notFinite(b1);
    b0 &= ~low;
    b1 &= ~high;
#pragma unroll 1
    for (int k = 0; k < 16; k++) {
      uint32_t mask = lane_ % 4 == k % 8 / 2 ? 0xFFFFu << (k % 2 * 16) : 0;
      uint32_t lowMask = k < 8 ? mask : 0;
      uint32_t highMask = k < 8 ? 0 : mask;
      uint32_t a[4] = {weights[0] & lowMask, weights[1] & lowMask, weights[2] & highMask, weights[3] & highMask};
      float products[4] = {};
      multiply16x8x16(products, a, low & lowMask, high & highMask);
#pragma unroll
      for (int e = 0; e < 4; e++) {
        bool sees = first + k <= positions_[e / 2];
        to[e] = sees && products[e] != 0.0f ? __fadd_rn(to[e], products[e]) : to[e];
      }
    }
  }

  // From the address of chunk 0 or 1 of a token to that of a chunk `chunk` further on, an even number: chunks of a slab
  // are permuted by exclusive or, and tokens are 128 bytes apart.
  static DEVICE uint32_t chunkFurtherOn(uint32_t address, int chunk) {
    return (address ^ (chunk % 8 << 4)) + chunk / 8 * (ATTEND_STEP_TOKENS * 128);
  }

  int lane_;
  int keyOffset_;    // of what this lane loads of the first 16 tokens: two chunks of eight tokens each, twice
  int valueOffset_;  // the same with tokens first
  int positions_[2];
  uint32_t queries_[HEAD / 16][4];
};

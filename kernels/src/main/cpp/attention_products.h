// The inner loop of attention and the memory it works on. What a lane is, attention_tile.h says.
#pragma once

#include "attention_call.h"
#include "kv_pages.h"
#include "vectors.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

constexpr int64_t STEP_GROUPS = KEY_STEP / TOKEN_GROUP;  // groups of 16 positions in a step
constexpr int64_t BLOCK_ROWS = 6;                        // rows of a block of registers
constexpr int64_t BLOCK_VECTORS = LANES == 16 ? 4 : 2;   // its vectors per row
constexpr int64_t GROUP_VECTORS = TOKEN_GROUP / LANES;   // vectors that hold a group

struct F32Multiply {
  static constexpr int64_t PAIR = 1;
  static Vec add(Vec acc, Vec a, Vec b) { return multiplyAdd(a, b, acc); }
  static void storeWeights(float* row, int64_t key, Vec weights) { store(row + key, weights); }
};

// The memory of one tile; sizes in attentionScratchBytes.
struct Scratch {
  float* queries;   // [rows, depth] lanes
  float* output;    // [rows, P]
  float* sums;      // [rows, LANES], to be added up at the end
  float* maxima;    // [rows] largest score so far, times scaleLog2
  int64_t* counts;  // [rows] positions that the row sees
  float* scores;    // [BLOCK_ROWS, KEY_STEP]
  float* weights;   // [BLOCK_ROWS, KEY_STEP / PAIR] lanes
  float* keys;      // [KEY_STEP, D] where the cache's type is not the operands'
  float* values;    // [KEY_STEP, P] likewise, and where positions have to be masked

  Scratch(void* memory, int64_t rows, int64_t headSize) {
    float* next = static_cast<float*>(memory);
    int64_t padded = paddedHeadSize(headSize);
    int64_t paddedRows = (rows + 15) / 16 * 16;
    queries = take(next, rows * padded);
    output = take(next, rows * padded);
    sums = take(next, rows * 16);
    maxima = take(next, paddedRows);
    counts = reinterpret_cast<int64_t*>(take(next, 2 * paddedRows));
    scores = take(next, BLOCK_ROWS * KEY_STEP);
    weights = take(next, BLOCK_ROWS * KEY_STEP);
    keys = take(next, KEY_STEP * padded);
    values = take(next, KEY_STEP * padded);
  }

  static float* take(float*& next, int64_t count) {
    float* taken = next;
    next += count;
    return taken;
  }
};

// acc[r][v] += sum over i of left[r][i] * right[v][i]: R rows by N vectors of registers. With AHEAD, asks the memory
// for what the next step will read at the same place: pages are scattered, so the processor cannot guess them.
template <typename Multiply, int R, int N, bool AHEAD>
inline void multiplyBlock(const float* left, int64_t leftStride, const float* const* right, const float* const* ahead,
                          int64_t rightStride, int64_t inner, Vec (&acc)[R][N]) {
  for (int64_t i = 0; i < inner; i++) {
    Vec column[N];
#pragma GCC unroll 8
    for (int v = 0; v < N; v++) {
      column[v] = load(right[v] + i * rightStride);
      if (AHEAD) {
        _mm_prefetch(reinterpret_cast<const char*>(ahead[v] + i * rightStride), _MM_HINT_T1);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      Vec element = all(left[r * leftStride + i]);
#pragma GCC unroll 8
      for (int v = 0; v < N; v++) {
        acc[r][v] = Multiply::add(acc[r][v], element, column[v]);
      }
    }
  }
}

// Keys and values of one step (up to KEY_STEP positions), group by group.
struct StepPages {
  const float* keys[STEP_GROUPS];     // [depth][16] lanes each
  const float* values[STEP_GROUPS];   // [16 / PAIR][P] lanes each
};

}  // namespace
}  // namespace swiftkv::SWIFTKV_ISA

// The memory that attention of one tile works on, whatever computes its products.
#pragma once

#include <cmath>

#include "attention_call.h"
#include "kv_pages.h"
#include "vectors.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

constexpr int64_t STEP_GROUPS = KEY_STEP / TOKEN_GROUP;  // groups of 16 positions in a step
constexpr int64_t GROUP_VECTORS = TOKEN_GROUP / LANES;   // vectors that hold a group

// Rows [from, from + count) of a tile, which see positions [start, start + 16 * groups) of a step or less.
struct Block {
  int64_t from;
  int64_t count;
  int64_t start;
  int64_t groups;
};

// The memory of one tile; sizes in attentionScratchBytes.
struct Scratch {
  float* queries;   // [rows, depth] lanes
  float* output;    // [rows, P]
  float* sums;      // [rows, 16], of which LANES are used, to be added up at the end
  float* maxima;    // [rows] largest score so far, times scoreScaleLog2
  int64_t* counts;  // [rows] positions that the row sees
  float* scores;    // of a block of rows, as the products like it
  float* weights;   // likewise
  float* keys;      // [KEY_STEP, D] where the cache's type is not the operands'
  float* values;    // [KEY_STEP, P] likewise, and where positions have to be masked

  Scratch(void* memory, int64_t rows, int64_t headSize) {
    float* next = static_cast<float*>(memory);
    int64_t padded = paddedHeadSize(headSize);
    int64_t readable = readableRows(rows);
    queries = take(next, readable * padded);
    output = take(next, readable * padded);
    sums = take(next, readable * 16);
    maxima = take(next, readable);
    counts = reinterpret_cast<int64_t*>(take(next, 2 * readable));
    scores = take(next, MOST_BLOCK_ROWS * KEY_STEP);
    weights = take(next, MOST_BLOCK_ROWS * KEY_STEP);
    keys = take(next, KEY_STEP * padded);
    values = take(next, KEY_STEP * padded);
  }

  static float* take(float*& next, int64_t count) {
    float* taken = next;
    next += count;
    return taken;
  }
};

// What scores are multiplied with before 2 is raised to them.
inline float scoreScaleLog2(int64_t headSize) {
  return static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(headSize)));
}

// Keys and values of one step (up to KEY_STEP positions), group by group.
struct StepPages {
  const float* keys[STEP_GROUPS];     // [depth][16] lanes each
  const float* values[STEP_GROUPS];   // [16 / PAIR][P] lanes each
};

}  // namespace
}  // namespace swiftkv::SWIFTKV_ISA

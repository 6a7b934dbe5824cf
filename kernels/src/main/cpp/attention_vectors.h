// Products of attention in vector registers, for any instruction set and operand type.
//
// `Multiply` says what is in a 32-bit lane of the operands:
//
//   PAIR                        elements in a lane
//   add(acc, a, b)              acc + a * b, lane by lane, summed in F32
//   storeWeights(row, key, w)   the weights of LANES positions from `key` on, as lanes
#pragma once

#include "attention_products.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

constexpr int64_t BLOCK_ROWS = 6;                        // rows of a block of registers
constexpr int64_t BLOCK_VECTORS = LANES == 16 ? 4 : 2;   // its vectors per row

struct F32Multiply {
  static constexpr int64_t PAIR = 1;
  static Vec add(Vec acc, Vec a, Vec b) { return multiplyAdd(a, b, acc); }
  static void storeWeights(float* row, int64_t key, Vec weights) { store(row + key, weights); }
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

template <typename Multiply>
class VectorProducts {
 public:
  static constexpr int64_t PAIR = Multiply::PAIR;
  static constexpr int64_t ALIGNED_GROUPS = 1;

  VectorProducts(const Scratch& scratch, const StepPages& step, const StepPages& ahead, int64_t headSize)
      : scratch_(scratch),
        step_(step),
        ahead_(ahead),
        padded_(paddedHeadSize(headSize)),
        depth_(headSize / PAIR),
        scaleLog2_(scoreScaleLog2(headSize)) {}

  static int64_t blocks(int64_t rows) { return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS; }

  // Blocks of nearly equal size: 8 rows are 4 + 4, not 6 + 2.
  static int64_t firstRow(int64_t rows, int64_t block) { return rows * block / blocks(rows); }

  template <bool AHEAD>
  void add(const Block& block) {
    switch (block.count) {
      case 1: return addRows<1, AHEAD>(block);
      case 2: return addRows<2, AHEAD>(block);
      case 3: return addRows<3, AHEAD>(block);
      case 4: return addRows<4, AHEAD>(block);
      case 5: return addRows<5, AHEAD>(block);
      default: return addRows<BLOCK_ROWS, AHEAD>(block);
    }
  }

 private:
  template <int R, bool AHEAD>
  void addRows(const Block& block) {
    int64_t from = block.from;
    int64_t groups = block.groups;
    constexpr int64_t GROUPS = BLOCK_VECTORS / GROUP_VECTORS;
    int64_t group = 0;
    for (; group + GROUPS <= groups; group += GROUPS) {
      score<R, BLOCK_VECTORS, AHEAD>(from, group);
    }
    for (; group < groups; group++) {
      score<R, GROUP_VECTORS, AHEAD>(from, group);
    }
    float corrections[16];
    weigh<R>(block, corrections);
    int64_t column = 0;
    for (; column + BLOCK_VECTORS * LANES <= padded_; column += BLOCK_VECTORS * LANES) {
      accumulate<R, BLOCK_VECTORS, AHEAD>(from, groups, column, corrections);
    }
    for (; column < padded_; column += TOKEN_GROUP) {
      accumulate<R, GROUP_VECTORS, AHEAD>(from, groups, column, corrections);
    }
  }

  // scores = queries keys^T, not scaled, for N vectors of positions from `group` on.
  template <int R, int N, bool AHEAD>
  void score(int64_t from, int64_t group) {
    const float* keys[N];
    const float* ahead[N];
    for (int v = 0; v < N; v++) {
      keys[v] = step_.keys[group + v / GROUP_VECTORS] + v % GROUP_VECTORS * LANES;
      ahead[v] = ahead_.keys[group + v / GROUP_VECTORS] + v % GROUP_VECTORS * LANES;
    }
    Vec acc[R][N];
    for (int r = 0; r < R; r++) {
      for (int v = 0; v < N; v++) {
        acc[r][v] = zero();
      }
    }
    multiplyBlock<Multiply, R, N, AHEAD>(scratch_.queries + from * depth_, depth_, keys, ahead, TOKEN_GROUP, depth_,
                                         acc);
    for (int r = 0; r < R; r++) {
      for (int v = 0; v < N; v++) {
        store(scratch_.scores + r * KEY_STEP + group * TOKEN_GROUP + v * LANES, acc[r][v]);
      }
    }
  }

  // Scores to weights: 2^(score * scaleLog2 - maximum), with the maximum and the sum brought up to date.
  template <int R>
  void weigh(const Block& block, float* corrections) {
    int64_t from = block.from;
    int64_t vectors = block.groups * GROUP_VECTORS;
    float differences[16] = {};
    for (int r = 0; r < R; r++) {
      float* scores = scratch_.scores + r * KEY_STEP;
      int64_t count = scratch_.counts[from + r] - block.start;
      Vec most = all(-std::numeric_limits<float>::infinity());
      if (count < vectors * LANES) {
        for (int64_t v = 0; v < vectors; v++) {
          store(scores + v * LANES, firstLanes(load(scores + v * LANES), count - v * LANES));
        }
      }
      for (int64_t v = 0; v < vectors; v++) {
        most = larger(load(scores + v * LANES), most);
      }
      float before = scratch_.maxima[from + r];
      float now = largest(most) * scaleLog2_;
      now = now > before ? now : before;
      differences[r] = before - now;
      scratch_.maxima[from + r] = now;
    }
    for (int64_t i = 0; i < BLOCK_ROWS; i += LANES) {
      store(corrections + i, powerOfTwo(load(differences + i)));
    }
    for (int r = 0; r < R; r++) {
      const float* scores = scratch_.scores + r * KEY_STEP;
      float* sums = scratch_.sums + (from + r) * LANES;
      Vec maximum = all(scratch_.maxima[from + r]);
      Vec scale = all(scaleLog2_);
      Vec total = load(sums) * all(corrections[r]);
      for (int64_t v = 0; v < vectors; v++) {
        Vec weight = powerOfTwo(multiplySubtract(load(scores + v * LANES), scale, maximum));
        total = total + weight;
        Multiply::storeWeights(scratch_.weights + r * (KEY_STEP / Multiply::PAIR), v * LANES, weight);
      }
      store(sums, total);
    }
  }

  // output = output * correction + weights values, for N vectors of columns from `column` on.
  template <int R, int N, bool AHEAD>
  void accumulate(int64_t from, int64_t groups, int64_t column, const float* corrections) {
    float* output = scratch_.output + from * padded_ + column;
    Vec acc[R][N];
    for (int r = 0; r < R; r++) {
      for (int v = 0; v < N; v++) {
        acc[r][v] = load(output + r * padded_ + v * LANES) * all(corrections[r]);
      }
    }
    for (int64_t group = 0; group < groups; group++) {
      const float* values[N];
      const float* ahead[N];
      for (int v = 0; v < N; v++) {
        values[v] = step_.values[group] + column + v * LANES;
        ahead[v] = ahead_.values[group] + column + v * LANES;
      }
      multiplyBlock<Multiply, R, N, AHEAD>(scratch_.weights + group * (TOKEN_GROUP / Multiply::PAIR),
                                           KEY_STEP / Multiply::PAIR, values, ahead, padded_,
                                           TOKEN_GROUP / Multiply::PAIR, acc);
    }
    for (int r = 0; r < R; r++) {
      for (int v = 0; v < N; v++) {
        store(output + r * padded_ + v * LANES, acc[r][v]);
      }
    }
  }

  const Scratch& scratch_;
  const StepPages& step_;
  const StepPages& ahead_;
  const int64_t padded_;
  const int64_t depth_;
  const float scaleLog2_;
};

}  // namespace
}  // namespace swiftkv::SWIFTKV_ISA

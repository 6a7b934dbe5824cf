// Attention of one tile, for any instruction set and operand type.
//
// Operands are seen as 32-bit lanes. In F32 a lane is one element; in BF16 it is a pair of elements along the inner
// dimension of the product (two elements of a head, or two positions), and one instruction adds both products. Either
// way a page holds, per group of 16 positions, keys as [depth][16] lanes and values as [positions / pair][P] lanes, so
// the same loops serve both; `Multiply` says what is in a lane:
//
//   PAIR                        elements in a lane
//   add(acc, a, b)              acc + a * b, lane by lane, summed in F32
//   storeWeights(row, key, w)   the weights of LANES positions from `key` on, as lanes
//
// Why a row does not depend on its neighbours: every sum has one accumulator per row and column and runs over the inner
// dimension in order, whatever the number of rows (R) or vectors (N) of the block of registers; positions that a row
// must not see have weight 0, and a value that is not finite is never multiplied with such a 0 (see maskValues).
#pragma once

#include <cmath>
#include <cstring>

#include "attention_call.h"
#include "attention_products.h"
#include "bf16.h"
#include "kv_pages.h"
#include "vectors.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

template <typename Multiply>
class TilePass {
 public:
  TilePass(const AttentionCall& call, const AttentionTile& tile, void* memory)
      : call_(call),
        tile_(tile),
        headSize_(call.shape->headSize),
        padded_(paddedHeadSize(headSize_)),
        depth_(headSize_ / Multiply::PAIR),
        rows_((tile.end - tile.from) * call.shape->groupSize()),
        scaleLog2_(static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(headSize_)))),
        scratch_(memory, rows_, headSize_),
        convert_(call.cache->dtype == DType::BF16 && Multiply::PAIR == 1) {}

  void run() {
    readQueries();
    for (start_ = 0; start_ < most_; start_ += KEY_STEP) {
      find(start_ + KEY_STEP < most_ ? start_ + KEY_STEP : start_, ahead_);
      bool finite = readStep();
      // Blocks of nearly equal size: 8 rows are 4 + 4, not 6 + 2.
      int64_t blocks = finite ? (rows_ + BLOCK_ROWS - 1) / BLOCK_ROWS : rows_;
      for (int64_t block = 0; block < blocks; block++) {
        int64_t from = rows_ * block / blocks;
        int64_t end = rows_ * (block + 1) / blocks;
        int64_t positions = 0;
        for (int64_t row = from; row < end; row++) {
          positions = positions > scratch_.counts[row] - start_ ? positions : scratch_.counts[row] - start_;
        }
        if (positions > 0) {
          positions = positions < KEY_STEP ? positions : KEY_STEP;
          if (!finite) {
            maskValues(start_ + positions);
          }
          int64_t groups = (positions + TOKEN_GROUP - 1) / TOKEN_GROUP;
          if (block == 0 && !convert_) {
            addRows<true>(from, end - from, groups);
          } else {
            addRows<false>(from, end - from, groups);
          }
        }
      }
    }
    writeOutput();
  }

 private:
  void readQueries() {
    const AttentionShape& shape = *call_.shape;
    int64_t group = shape.groupSize();
    int64_t elements = group * headSize_;
    for (int64_t token = tile_.from; token < tile_.end; token++) {
      int64_t from = token * shape.queryColumns() + tile_.kvHead * elements;
      int64_t row = (token - tile_.from) * group;
      float* to = scratch_.queries + row * depth_;
      if (call_.compute == DType::F32) {
        std::memcpy(to, static_cast<const float*>(call_.queries) + from, elements * sizeof(float));
      } else if (Multiply::PAIR == 2) {
        std::memcpy(to, static_cast<const uint16_t*>(call_.queries) + from, elements * sizeof(uint16_t));
      } else {
        for (int64_t i = 0; i < elements; i++) {
          to[i] = fromBf16(static_cast<const uint16_t*>(call_.queries)[from + i]);
        }
      }
      int64_t count = call_.batch->positions[token] + 1;
      most_ = count > most_ ? count : most_;
      least_ = token == tile_.from || count < least_ ? count : least_;
      for (int64_t i = row; i < row + group; i++) {
        scratch_.counts[i] = count;
        scratch_.maxima[i] = -std::numeric_limits<float>::infinity();
      }
    }
    std::memset(scratch_.output, 0, rows_ * padded_ * sizeof(float));
    std::memset(scratch_.sums, 0, rows_ * LANES * sizeof(float));
  }

  // Finds the pages of the step that starts at a position; groups that no row sees get those of the last one seen.
  void find(int64_t start, StepPages& pages) const {
    const KvPages& cache = *call_.cache;
    const int32_t* table = call_.batch->blockTables + tile_.sequence * call_.batch->maxBlocksPerSequence;
    for (int64_t group = 0; group < STEP_GROUPS; group++) {
      int64_t position = start + group * TOKEN_GROUP;
      position = position < most_ ? position : (most_ - 1) / TOKEN_GROUP * TOKEN_GROUP;
      int64_t offset = position % cache.blockTokens;
      int64_t head = headOffset(cache, table[position / cache.blockTokens], tile_.kvHead);
      const uint8_t* keys = cache.keys + head + offset * headSize_ * elementBytes(cache.dtype);
      const uint8_t* values = cache.values + head + offset * padded_ * elementBytes(cache.dtype);
      pages.keys[group] = reinterpret_cast<const float*>(keys);
      pages.values[group] = reinterpret_cast<const float*>(values);
    }
  }

  // Makes the step from start_ on ready. Values that no row sees are replaced by 0. Returns whether all values that
  // some rows see and others do not are finite.
  bool readStep() {
    bool finite = true;
    find(start_, step_);
    for (int64_t group = 0; group < STEP_GROUPS && start_ + group * TOKEN_GROUP < most_; group++) {
      if (convert_) {
        float* keys = scratch_.keys + group * TOKEN_GROUP * headSize_;
        widen(step_.keys[group], ahead_.keys[group], headSize_ / 2, TOKEN_GROUP, keys);
        widen(step_.values[group], ahead_.values[group], TOKEN_GROUP / 2, padded_, valueCopy(group));
        step_.keys[group] = keys;
        step_.values[group] = valueCopy(group);
      }
      int64_t position = start_ + group * TOKEN_GROUP;
      if (position + TOKEN_GROUP > least_) {
        copyValues(group);
        maskGroup(group, most_ - position);
        finite = finite && allFinite(group);
      }
    }
    return finite;
  }

  float* valueCopy(int64_t group) { return scratch_.values + group * TOKEN_GROUP * padded_; }

  // BF16 pairs [pairs][width] to floats [2 * pairs][width].
  static void widen(const float* from, const float* ahead, int64_t pairs, int64_t width, float* to) {
    const uint32_t* lanes = reinterpret_cast<const uint32_t*>(from);
    for (int64_t i = 0; i < pairs; i++) {
      _mm_prefetch(reinterpret_cast<const char*>(ahead + i * width), _MM_HINT_T1);
      uint32_t* even = reinterpret_cast<uint32_t*>(to) + 2 * i * width;
      for (int64_t j = 0; j < width; j++) {
        even[j] = lanes[i * width + j] << 16;
        even[j + width] = lanes[i * width + j] & 0xFFFF0000u;
      }
    }
  }

  void copyValues(int64_t group) {
    if (step_.values[group] != valueCopy(group)) {
      std::memcpy(valueCopy(group), step_.values[group], TOKEN_GROUP / Multiply::PAIR * padded_ * sizeof(float));
      step_.values[group] = valueCopy(group);
    }
  }

  // Sets the values of a copied group's positions from `count` on to 0.
  void maskGroup(int64_t group, int64_t count) {
    uint32_t* lanes = reinterpret_cast<uint32_t*>(valueCopy(group));
    count = count < 0 ? 0 : count;
    for (int64_t i = count / Multiply::PAIR; i < TOKEN_GROUP / Multiply::PAIR; i++) {
      // The first position of a pair is in the low half.
      uint32_t kept = i * Multiply::PAIR < count ? 0xFFFFu : 0u;
      for (int64_t j = 0; j < padded_; j++) {
        lanes[i * padded_ + j] &= kept;
      }
    }
  }

  // Reads the step again with the values from position `end` on set to 0, for the next row alone.
  void maskValues(int64_t end) {
    readStep();
    for (int64_t group = 0; group < STEP_GROUPS; group++) {
      int64_t position = start_ + group * TOKEN_GROUP;
      if (position < most_ && position + TOKEN_GROUP > least_) {
        maskGroup(group, end - position);
      }
    }
  }

  bool allFinite(int64_t group) {
    const uint32_t* lanes = reinterpret_cast<const uint32_t*>(valueCopy(group));
    uint32_t infinite = 0;
    for (int64_t i = 0; i < TOKEN_GROUP / Multiply::PAIR; i++) {
      for (int64_t j = 0; j < headSize_; j++) {
        uint32_t lane = lanes[i * padded_ + j];
        infinite |= (lane & 0x7F800000u) == 0x7F800000u;
        infinite |= Multiply::PAIR == 2 && (lane & 0x7F80u) == 0x7F80u;
      }
    }
    return infinite == 0;
  }

  template <bool AHEAD>
  void addRows(int64_t from, int64_t count, int64_t groups) {
    switch (count) {
      case 1: return addBlock<1, AHEAD>(from, groups);
      case 2: return addBlock<2, AHEAD>(from, groups);
      case 3: return addBlock<3, AHEAD>(from, groups);
      case 4: return addBlock<4, AHEAD>(from, groups);
      case 5: return addBlock<5, AHEAD>(from, groups);
      default: return addBlock<BLOCK_ROWS, AHEAD>(from, groups);
    }
  }

  // Takes the first `groups` groups of the step in, for R rows.
  template <int R, bool AHEAD>
  void addBlock(int64_t from, int64_t groups) {
    constexpr int64_t GROUPS = BLOCK_VECTORS / GROUP_VECTORS;
    int64_t group = 0;
    for (; group + GROUPS <= groups; group += GROUPS) {
      score<R, BLOCK_VECTORS, AHEAD>(from, group);
    }
    for (; group < groups; group++) {
      score<R, GROUP_VECTORS, AHEAD>(from, group);
    }
    float corrections[16];
    weigh<R>(from, groups * GROUP_VECTORS, corrections);
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
  void weigh(int64_t from, int64_t vectors, float* corrections) {
    float differences[16] = {};
    for (int r = 0; r < R; r++) {
      float* scores = scratch_.scores + r * KEY_STEP;
      int64_t count = scratch_.counts[from + r] - start_;
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

  void writeOutput() {
    const AttentionShape& shape = *call_.shape;
    int64_t group = shape.groupSize();
    for (int64_t row = 0; row < rows_; row++) {
      int64_t token = tile_.from + row / group;
      int64_t to = token * shape.queryColumns() + (tile_.kvHead * group + row % group) * headSize_;
      const float* output = scratch_.output + row * padded_;
      float total = sum(load(scratch_.sums + row * LANES));
      for (int64_t i = 0; i < headSize_; i++) {
        float value = output[i] / total;
        if (call_.compute == DType::F32) {
          static_cast<float*>(call_.out)[to + i] = value;
        } else {
          static_cast<uint16_t*>(call_.out)[to + i] = toBf16(value);
        }
      }
    }
  }

  const AttentionCall& call_;
  const AttentionTile& tile_;
  const int64_t headSize_;
  const int64_t padded_;
  const int64_t depth_;
  const int64_t rows_;
  const float scaleLog2_;
  Scratch scratch_;
  const bool convert_;  // a BF16 cache for F32 products
  int64_t start_ = 0;   // first position of the step
  StepPages step_;      // as the products read it
  StepPages ahead_;     // where the pages of the next step lie
  int64_t most_ = 0;   // positions that the row with the longest view sees
  int64_t least_ = 0;  // and the row with the shortest
};

}  // namespace
}  // namespace swiftkv::SWIFTKV_ISA

// Attention of one tile, for any instruction set and operand type.
//
// Operands are seen as 32-bit lanes. In F32 a lane is one element; in BF16 it is a pair of elements along the inner
// dimension of the product (two elements of a head, or two positions), and one instruction adds both products. Either
// way a page holds, per group of 16 positions, keys as [depth][16] lanes and values as [positions / pair][P] lanes, so
// what computes the products can be exchanged. `Products` does it for a few rows and the positions of one step:
//
//   PAIR                        elements in a lane
//   ALIGNED_GROUPS              groups of positions whose values must lie one behind the other
//   blocks(rows), firstRow(..)  how the rows of a tile are cut into blocks
//   add<AHEAD>(block)           scores, softmax weights, weighted values, and the maxima and sums of the block's rows
//
// Why a row does not depend on its neighbours: every sum has one accumulator per row and column and runs over the inner
// dimension in order, whatever the size of the block of registers; positions that a row must not see have weight 0, and
// a value that is not finite is never multiplied with such a 0 (see maskValues).
#pragma once

#include <cstring>

#include "attention_call.h"
#include "attention_products.h"
#include "bf16.h"
#include "kv_pages.h"
#include "vectors.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

template <typename Products>
class TilePass {
  static constexpr int64_t PAIR = Products::PAIR;
  static constexpr int64_t ALIGNED_GROUPS = Products::ALIGNED_GROUPS;

 public:
  TilePass(const AttentionCall& call, const AttentionTile& tile, void* memory)
      : call_(call),
        tile_(tile),
        headSize_(call.shape->headSize),
        padded_(paddedHeadSize(headSize_)),
        depth_(headSize_ / PAIR),
        rows_((tile.end - tile.from) * call.shape->groupSize()),
        scratch_(memory, rows_, headSize_),
        products_(scratch_, step_, ahead_, headSize_),
        convert_(call.cache->dtype == DType::BF16 && PAIR == 1) {}

  void run() {
    readQueries();
    for (start_ = 0; start_ < most_; start_ += KEY_STEP) {
      find(start_ + KEY_STEP < most_ ? start_ + KEY_STEP : start_, ahead_);
      bool finite = readStep();
      int64_t blocks = finite ? Products::blocks(rows_) : rows_;
      for (int64_t i = 0; i < blocks; i++) {
        Block block{finite ? Products::firstRow(rows_, i) : i, 0, start_, 0};
        block.count = (finite ? Products::firstRow(rows_, i + 1) : i + 1) - block.from;
        int64_t positions = seen(block);
        if (positions > 0) {
          if (!finite) {
            maskValues(start_ + positions);
          }
          block.groups = (positions + TOKEN_GROUP - 1) / TOKEN_GROUP;
          if (i == 0 && !convert_) {
            products_.template add<true>(block);
          } else {
            products_.template add<false>(block);
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
      } else if (PAIR == 2) {
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

  // How many positions of the step the rows of a block see at most.
  int64_t seen(const Block& block) const {
    int64_t positions = 0;
    for (int64_t row = block.from; row < block.from + block.count; row++) {
      positions = positions > scratch_.counts[row] - start_ ? positions : scratch_.counts[row] - start_;
    }
    return positions < KEY_STEP ? positions : KEY_STEP;
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
    for (int64_t group = 0; group < STEP_GROUPS && start_ + group * TOKEN_GROUP < most_; group += ALIGNED_GROUPS) {
      finite = readGroups(group) && finite;
    }
    return finite;
  }

  // The same for ALIGNED_GROUPS groups.
  bool readGroups(int64_t first) {
    int64_t end = first + ALIGNED_GROUPS;
    for (int64_t group = first; convert_ && group < end; group++) {
      float* keys = scratch_.keys + group * TOKEN_GROUP * headSize_;
      widen(step_.keys[group], ahead_.keys[group], headSize_ / 2, TOKEN_GROUP, keys);
      widen(step_.values[group], ahead_.values[group], TOKEN_GROUP / 2, padded_, valueCopy(group));
      step_.keys[group] = keys;
      step_.values[group] = valueCopy(group);
    }
    bool seenByAll = start_ + end * TOKEN_GROUP <= least_;
    if (seenByAll && adjacent(first)) {
      return true;
    }
    bool finite = true;
    for (int64_t group = first; group < end; group++) {
      copyValues(group);
      maskGroup(group, most_ - start_ - group * TOKEN_GROUP);
      finite = finite && (seenByAll || allFinite(group));
    }
    return finite;
  }

  // Whether the values of ALIGNED_GROUPS groups lie one behind the other.
  bool adjacent(int64_t first) const {
    for (int64_t group = first + 1; group < first + ALIGNED_GROUPS; group++) {
      if (step_.values[group] != step_.values[group - 1] + TOKEN_GROUP / PAIR * padded_) {
        return false;
      }
    }
    return true;
  }

  float* valueCopy(int64_t group) { return scratch_.values + group * (TOKEN_GROUP / PAIR) * padded_; }

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
      std::memcpy(valueCopy(group), step_.values[group], TOKEN_GROUP / PAIR * padded_ * sizeof(float));
      step_.values[group] = valueCopy(group);
    }
  }

  // Sets the values of a copied group's positions from `count` on to 0.
  void maskGroup(int64_t group, int64_t count) {
    uint32_t* lanes = reinterpret_cast<uint32_t*>(valueCopy(group));
    count = count < 0 ? 0 : count;
    for (int64_t i = count / PAIR; i < TOKEN_GROUP / PAIR; i++) {
      // The first position of a pair is in the low half.
      uint32_t kept = i * PAIR < count ? 0xFFFFu : 0u;
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
    for (int64_t i = 0; i < TOKEN_GROUP / PAIR; i++) {
      for (int64_t j = 0; j < headSize_; j++) {
        uint32_t lane = lanes[i * padded_ + j];
        infinite |= (lane & 0x7F800000u) == 0x7F800000u;
        infinite |= PAIR == 2 && (lane & 0x7F80u) == 0x7F80u;
      }
    }
    return infinite == 0;
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
        // A sum that underflowed to -0 becomes 0, as it does where positions that are not seen were added to it.
        float value = (output[i] + 0.0f) / total;
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
  Scratch scratch_;
  Products products_;
  const bool convert_;  // a BF16 cache for F32 products
  int64_t start_ = 0;   // first position of the step
  StepPages step_;      // as the products read it
  StepPages ahead_;     // where the pages of the next step lie
  int64_t most_ = 0;   // positions that the row with the longest view sees
  int64_t least_ = 0;  // and the row with the shortest
};

}  // namespace
}  // namespace swiftkv::SWIFTKV_ISA

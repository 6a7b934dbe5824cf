// The epilogue of projections to queries, keys and values: rotates, and writes queries to a tensor and keys and values to
// cache pages. For head sizes 32, 64 and 128, whose rotation partners meet in one quad of a warp:
//
//   head size 128   elements i and i + 64: the same place in two runs of one thread, 64 outputs apart
//   head size 64    elements i and i + 32: the same place of threads t and t + 2 of a quad
//   head size 32    elements i and i + 16: the same place of threads t and t + 1
//
//   q'[i] = q[i] cos[i] - q[i + h] sin[i]      q'[i + h] = q[i + h] cos[i] + q[i] sin[i]      h = headSize / 2, i < h
//
// Rows at or past batch->tokenCount are left out. CPU references: ScalarProjections, ScalarRope.
#pragma once

#include "epilogues.cuh"

// Where one row's heads go.
class HeadRow {
 public:
  DEVICE HeadRow(const HeadsArguments& heads, int row)
      : heads_(heads),
        row_(row),
        slot_(heads.batch->slots[row]),
        angles_(static_cast<size_t>(heads.batch->positions[row]) * (heads.headSize / 2)) {}

  // Eight elements of one head from output `column` on; `partners` are the other elements of their pairs.
  DEVICE void write(int column, const float (&own)[8], const float (&partners)[8]) const {
    HeadTarget target = heads_.targets[column / heads_.headSize];
    int element = column % heads_.headSize;
    EightBf16 result;
    if (target.kind == HEAD_VALUE) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        result.pairs[i] = packBf16(own[2 * i], own[2 * i + 1]);
      }
    } else {
      result = rotatedEight(element, own, partners);
    }
    *address(target, element) = result;
  }

 private:
  DEVICE EightBf16 rotatedEight(int element, const float (&own)[8], const float (&partners)[8]) const {
    int half = heads_.headSize / 2;
    bool lower = element < half;
    size_t at = angles_ + (lower ? element : element - half);
    EightBf16 result;
#pragma unroll
    for (int v = 0; v < 2; v++) {
      FourFloats cosine = *reinterpret_cast<const FourFloats*>(heads_.cosine + at + 4 * v);
      FourFloats sine = *reinterpret_cast<const FourFloats*>(heads_.sine + at + 4 * v);
      float turned[4];
#pragma unroll
      for (int e = 0; e < 4; e++) {
        float partner = partners[4 * v + e];
        turned[e] = rotated(own[4 * v + e], lower ? -partner : partner, cosine.values[e], sine.values[e]);
      }
      result.pairs[2 * v] = packBf16(turned[0], turned[1]);
      result.pairs[2 * v + 1] = packBf16(turned[2], turned[3]);
    }
    return result;
  }

  DEVICE EightBf16* address(const HeadTarget& target, int element) const {
    if (target.kind == HEAD_QUERY) {
      int across = tilesAcross(heads_.queryColumns);
      int column = target.head * heads_.headSize + element;
      return reinterpret_cast<EightBf16*>(static_cast<uint8_t*>(heads_.queries) + tiledOffset(row_, column, across));
    }
    size_t index = pageIndex(slot_, target.head, heads_.blockTokens, heads_.kvHeads, heads_.headSize) + element;
    return reinterpret_cast<EightBf16*>(static_cast<uint16_t*>(target.pages) + index);
  }

  const HeadsArguments& heads_;
  int row_;
  int slot_;
  size_t angles_;
};

struct HeadsEpilogue {
  static constexpr bool ADDS = false;

  template <int RUN>
  static DEVICE void finish(const GemmArguments& arguments, int row, int column, float (&sums)[2][RUN]) {
    addBias(arguments, column, sums);
    const HeadsArguments& heads = arguments.heads;
    bool exists = row < arguments.rows && row < heads.batch->tokenCount;
    if (heads.headSize == 128) {
      if (exists) {
        writeRuns<RUN>(arguments, row, column, sums, sums[1], sums[0]);
      }
      return;
    }
    int distance = heads.headSize == 64 ? 2 : 1;
    float partners[2][RUN];
#pragma unroll
    for (int g = 0; g < 2; g++) {
#pragma unroll
      for (int i = 0; i < RUN; i++) {
        partners[g][i] = __shfl_xor_sync(0xffffffffu, sums[g][i], distance);
      }
    }
    if (exists) {
      writeRuns<RUN>(arguments, row, column, sums, partners[0], partners[1]);
    }
  }

 private:
  template <int RUN>
  static DEVICE void writeRuns(const GemmArguments& arguments, int row, int column, const float (&sums)[2][RUN],
                               const float (&partnersOfFirst)[RUN], const float (&partnersOfSecond)[RUN]) {
    HeadRow target(arguments.heads, row);
#pragma unroll
    for (int i = 0; i < RUN; i += 8) {
      if (column + i < arguments.outputs) {
        writeEight(target, column + i, sums[0], partnersOfFirst, i);
      }
      if (column + 64 + i < arguments.outputs) {
        writeEight(target, column + 64 + i, sums[1], partnersOfSecond, i);
      }
    }
  }

  template <int RUN>
  static DEVICE void writeEight(const HeadRow& target, int column, const float (&sums)[RUN],
                                const float (&partners)[RUN], int from) {
    float own[8];
    float others[8];
#pragma unroll
    for (int e = 0; e < 8; e++) {
      own[e] = sums[from + e];
      others[e] = partners[from + e];
    }
    target.write(column, own, others);
  }
};

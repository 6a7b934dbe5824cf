// The epilogue of projections to queries, keys and values: rotates, and writes queries to a tensor and keys and values
// to cache pages. For head sizes 32, 64 and 128, whose rotation partners meet in one quad of a warp:
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

// Eight consecutive angles. Groups of 64 outputs are a whole number of heads, or half a head whose halves use the same
// angles; so one set of them serves the same places of all groups.
struct Angles {
  float cosine[8];
  float sine[8];

  DEVICE Angles(const HeadsArguments& heads, int row, int index) {
    size_t at = static_cast<size_t>(heads.batch->positions[row]) * (heads.headSize / 2) + index;
#pragma unroll
    for (int v = 0; v < 2; v++) {
      FourFloats fourCosines = *reinterpret_cast<const FourFloats*>(heads.cosine + at + 4 * v);
      FourFloats fourSines = *reinterpret_cast<const FourFloats*>(heads.sine + at + 4 * v);
#pragma unroll
      for (int e = 0; e < 4; e++) {
        cosine[4 * v + e] = fourCosines.values[e];
        sine[4 * v + e] = fourSines.values[e];
      }
    }
  }
};

// Where the heads of one row go. Head sizes are powers of two here, so that dividing is shifting.
class HeadRow {
 public:
  DEVICE HeadRow(const HeadsArguments& heads, int row)
      : heads_(heads),
        row_(row),
        headShift_(heads.headSize == 128 ? 7 : heads.headSize == 64 ? 6 : 5),
        token_(heads.batch->slots[row] % heads.blockTokens),
        inPages_(headIndex(heads.batch->slots[row] / heads.blockTokens, 0, heads.blockTokens, heads.kvHeads,
                           heads.headSize)),
        headStride_(heads.blockTokens * heads.headSize),
        across_(tilesAcross(heads.queryColumns)) {}

  // Eight elements of one head, a chunk of 16 bytes, from output `column` on; `partners` are the other elements of their pairs.
  DEVICE void write(int column, const float (&own)[8], const float (&partners)[8], const Angles& angles) const {
    HeadTarget target = heads_.targets[column >> headShift_];
    int element = column & (heads_.headSize - 1);
    bool rotates = target.kind != HEAD_VALUE;
    bool lower = element < heads_.headSize / 2;
    EightBf16 result;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float pair[2];
#pragma unroll
      for (int e = 2 * i; e < 2 * i + 2; e++) {
        float turned = rotated(own[e], lower ? -partners[e] : partners[e], angles.cosine[e], angles.sine[e]);
        pair[e % 2] = rotates ? turned : own[e];
      }
      result.pairs[i] = packBf16(pair[0], pair[1]);
    }
    *address(target, element) = result;
  }

 private:
  DEVICE EightBf16* address(const HeadTarget& target, int element) const {
    if (target.kind == HEAD_QUERY) {
      int column = (target.head << headShift_) + element;
      return reinterpret_cast<EightBf16*>(static_cast<uint8_t*>(heads_.queries) + tiledOffset(row_, column, across_));
    }
    size_t index = inPages_ + static_cast<size_t>(target.head) * headStride_ +
                   indexInHeadBf16(token_, element, heads_.blockTokens, heads_.headSize);
    return reinterpret_cast<EightBf16*>(static_cast<uint16_t*>(target.pages) + index);
  }

  const HeadsArguments& heads_;
  int row_;
  int headShift_;
  int token_;       // of its block
  size_t inPages_;  // of head 0's first element
  int headStride_;
  int across_;
};

struct HeadsEpilogue {
  static constexpr bool ADDS = false;

  template <int RUNS, int RUN>
  static DEVICE void finish(const GemmArguments& arguments, int row, int column, float (&sums)[RUNS][RUN]) {
    addBias(arguments, column, sums);
    const HeadsArguments& heads = arguments.heads;
    bool exists = row < arguments.rows && row < heads.batch->tokenCount;
    if (heads.headSize == 128) {
      if (exists) {
        writeRuns(arguments, true, row, column, sums, [&](int g, int i) { return sums[g ^ 1][i]; });
      }
    } else {
      // All lanes go along as far as the exchange; rows that do not exist borrow row 0.
      int distance = heads.headSize == 64 ? 2 : 1;
      writeRuns(arguments, exists, exists ? row : 0, column, sums,
                [&](int g, int i) { return __shfl_xor_sync(0xffffffffu, sums[g][i], distance); });
    }
  }

 private:
  template <int RUNS, int RUN, class Partner>
  static DEVICE void writeRuns(const GemmArguments& arguments, bool exists, int row, int column,
                               const float (&sums)[RUNS][RUN], Partner partner) {
    const HeadsArguments& heads = arguments.heads;
    HeadRow target(heads, row);
#pragma unroll
    for (int from = 0; from < RUN; from += 8) {
      Angles angles(heads, row, (column + from) & (heads.headSize / 2 - 1));
#pragma unroll
      for (int g = 0; g < RUNS; g++) {
        float own[8];
        float partners[8];
#pragma unroll
        for (int e = 0; e < 8; e++) {
          own[e] = sums[g][from + e];
          partners[e] = partner(g, from + e);
        }
        if (exists && column + 64 * g + from < arguments.outputs) {
          target.write(column + 64 * g + from, own, partners, angles);
        }
      }
    }
  }
};

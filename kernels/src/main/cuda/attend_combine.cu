// Puts together the splits of decoded tokens that attend_{mma,wgmma}_decode_* left in `partials` (attend_merge.cuh).
//
//   partials   f32 [decodeCount][splits][heads][headSize + 2]
//   out        tiled bf16 [tokens, heads * headSize], rows of decoded tokens; zeros after the last column
//
//   attend_combine
//     grid      decoded sequences * heads; blocks past batch->decodeCount end at once
//     threads   ATTEND_COMBINE_THREADS = 64
//     shared    none
//
// Any even head size. CPU reference: ScalarAttention.
#include "arguments.cuh"
#include "attend_merge.cuh"
#include "layout.cuh"

namespace {

constexpr int ATTEND_COMBINE_THREADS = 64;

struct alignas(8) TwoFloats {
  float values[2];
};

// Elements `element` and the next of one head.
DEVICE uint32_t combine(const AttendArguments& arguments, const float* partials, int splits, int element) {
  size_t stride = static_cast<size_t>(arguments.heads) * (arguments.headSize + 2);
  TwoFloats sums = *reinterpret_cast<const TwoFloats*>(partials + element);
  TwoFloats first = *reinterpret_cast<const TwoFloats*>(partials + arguments.headSize);
  AttendPart all = {first.values[0], first.values[1]};
#pragma unroll 4
  for (int split = 1; split < splits; split++) {
    const float* from = partials + split * stride;
    TwoFloats next = *reinterpret_cast<const TwoFloats*>(from + element);
    TwoFloats part = *reinterpret_cast<const TwoFloats*>(from + arguments.headSize);
    AttendFactors factors = mergePart(all, {part.values[0], part.values[1]});
    sums.values[0] = mergeSum(sums.values[0], next.values[0], factors);
    sums.values[1] = mergeSum(sums.values[1], next.values[1], factors);
  }
  float inverse = __frcp_rn(all.weight);
  return packBf16(attendResult(sums.values[0], inverse), attendResult(sums.values[1], inverse));
}

}  // namespace

KERNEL(ATTEND_COMBINE_THREADS, attend_combine, AttendArguments) {
  const BatchView& batch = *arguments.batch;
  int entry = blockIdx.x / arguments.heads;
  int head = blockIdx.x % arguments.heads;
  if (entry >= batch.decodeCount) {
    return;
  }
  int token = batch.queryStarts[batch.decodeSequences[entry]];
  int splits = attendSplits(batch.positions[token]);
  size_t row = static_cast<size_t>(entry) * arguments.splits * arguments.heads + head;
  const float* partials = arguments.partials + row * (arguments.headSize + 2);
  int columns = arguments.heads * arguments.headSize;
  int across = tilesAcross(columns);
  auto out = [&](int column) {
    return reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(arguments.out) + tiledOffset(token, column, across));
  };
  for (int element = 2 * threadIdx.x; element < arguments.headSize; element += 2 * ATTEND_COMBINE_THREADS) {
    *out(head * arguments.headSize + element) = combine(arguments, partials, splits, element);
  }
  if (head == arguments.heads - 1) {
    for (int column = columns + 2 * threadIdx.x; column < across * TILE_COLUMNS; column += 2 * ATTEND_COMBINE_THREADS) {
      *out(column) = 0;
    }
  }
}

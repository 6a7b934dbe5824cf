// The heads epilogue as a kernel of its own (heads_epilogue.cuh has the formula): rotates queries and keys, and writes
// queries to a tensor, keys and values to cache pages. For f32, for few rows, and for head sizes that no product's
// epilogue handles; any even head size.
//
//   sums      f32 [rows, outputs], bias added; outputs = heads * headSize
//   queries   tiled bf16 or f32 [tokens, queryColumns]
//   pages     as layout.cuh describes them, bf16 or f32
//
//   scatter_heads_{bf16,f32}
//     grid      rows * scatterSlices(outputs)
//     threads   ROW_THREADS (128)
//     shared    none
//
// A thread takes eight neighbouring pairs where half a head is a multiple of eight, else one. Rows at or past
// batch->tokenCount are left out. CPU references: ScalarProjections, ScalarRope.
#include "rows.cuh"

namespace {

// Blocks that share a row: 128 threads with eight pairs each.
HOST_DEVICE int scatterSlices(int outputs) { return (outputs + 2047) / 2048; }

template <int N>
DEVICE void load(float (&to)[N], const float* from) {
  if constexpr (N == 8) {
    Eight eight = loadEight(from, 0, 8);
#pragma unroll
    for (int e = 0; e < 8; e++) {
      to[e] = eight.values[e];
    }
  } else {
    to[0] = *from;
  }
}

template <int N>
DEVICE void store(float* to, const float (&from)[N]) {
  if constexpr (N == 8) {
    *reinterpret_cast<FourFloats*>(to) = {from[0], from[1], from[2], from[3]};
    *reinterpret_cast<FourFloats*>(to + 4) = {from[4], from[5], from[6], from[7]};
  } else {
    *to = from[0];
  }
}

template <int N>
DEVICE void store(uint16_t* to, const float (&from)[N]) {
  if constexpr (N == 8) {
    *reinterpret_cast<EightBf16*>(to) = {{packBf16(from[0], from[1]), packBf16(from[2], from[3]),
                                          packBf16(from[4], from[5]), packBf16(from[6], from[7])}};
  } else {
    *to = toBf16(from[0]);
  }
}

DEVICE float* queryAddress(const HeadsArguments& heads, int row, int column, float*) {
  return static_cast<float*>(heads.queries) + static_cast<size_t>(row) * heads.queryColumns + column;
}

DEVICE uint16_t* queryAddress(const HeadsArguments& heads, int row, int column, uint16_t*) {
  auto* bytes = static_cast<uint8_t*>(heads.queries) + tiledOffset(row, column, tilesAcross(heads.queryColumns));
  return reinterpret_cast<uint16_t*>(bytes);
}

DEVICE float* pageAddress(const HeadsArguments& heads, const HeadTarget& target, int slot, int element, float*) {
  return static_cast<float*>(target.pages) +
         pageIndexF32(slot, target.head, element, heads.blockTokens, heads.kvHeads, heads.headSize);
}

DEVICE uint16_t* pageAddress(const HeadsArguments& heads, const HeadTarget& target, int slot, int element, uint16_t*) {
  return static_cast<uint16_t*>(target.pages) +
         pageIndexBf16(slot, target.head, element, heads.blockTokens, heads.kvHeads, heads.headSize);
}

template <class Element>
DEVICE Element* address(const HeadsArguments& heads, const HeadTarget& target, int row, int element) {
  auto* type = static_cast<Element*>(nullptr);
  if (target.kind == HEAD_QUERY) {
    return queryAddress(heads, row, target.head * heads.headSize + element, type);
  }
  return pageAddress(heads, target, heads.batch->slots[row], element, type);
}

// Pairs first .. first + N - 1 of one head.
template <int N, class Element>
DEVICE void scatterPairs(const ScatterHeadsArguments& arguments, int row, int head, int first) {
  const HeadsArguments& heads = arguments.heads;
  int half = heads.headSize / 2;
  const float* sums = arguments.sums + static_cast<size_t>(row) * arguments.outputs + head * heads.headSize + first;
  float lower[N];
  float upper[N];
  load(lower, sums);
  load(upper, sums + half);
  HeadTarget target = heads.targets[head];
  if (target.kind != HEAD_VALUE) {
    size_t angle = static_cast<size_t>(heads.batch->positions[row]) * half + first;
    float cosine[N];
    float sine[N];
    load(cosine, heads.cosine + angle);
    load(sine, heads.sine + angle);
#pragma unroll
    for (int e = 0; e < N; e++) {
      float turned = rotated(lower[e], -upper[e], cosine[e], sine[e]);
      upper[e] = rotated(upper[e], lower[e], cosine[e], sine[e]);
      lower[e] = turned;
    }
  }
  store(address<Element>(heads, target, row, first), lower);
  store(address<Element>(heads, target, row, half + first), upper);
}

template <int N, class Element>
DEVICE void scatterRow(const ScatterHeadsArguments& arguments) {
  int perHead = arguments.heads.headSize / 2 / N;
  int units = arguments.outputs / 2 / N;
  int slices = scatterSlices(arguments.outputs);
  int row = blockIdx.x / slices;
  int first = blockIdx.x % slices * ROW_THREADS + threadIdx.x;
  for (int unit = first; unit < units; unit += slices * ROW_THREADS) {
    scatterPairs<N, Element>(arguments, row, unit / perHead, unit % perHead * N);
  }
}

template <class Element>
DEVICE void scatter(const ScatterHeadsArguments& arguments) {
  int row = blockIdx.x / scatterSlices(arguments.outputs);
  if (row >= arguments.heads.batch->tokenCount) {
    return;
  }
  if (arguments.heads.headSize % 16 == 0) {
    scatterRow<8, Element>(arguments);
  } else {
    scatterRow<1, Element>(arguments);
  }
}

}  // namespace

KERNEL_BLOCKS(ROW_THREADS, 8, scatter_heads_bf16, ScatterHeadsArguments) { scatter<uint16_t>(arguments); }
KERNEL_BLOCKS(ROW_THREADS, 8, scatter_heads_f32, ScatterHeadsArguments) { scatter<float>(arguments); }

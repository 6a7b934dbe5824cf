// out[t, :] = (x[t, :] * scale) * weight, scale = 1 / sqrt(mean(x[t, :]^2) + epsilon)
//
//   x        f32 [rows, columns]
//   weight   f32 [columns]
//   out      tiled bf16 [rows, columns], whose padding columns become zero, or f32
//
//   rms_norm_{bf16,f32}
//     grid      rows
//     threads   NORM_THREADS (256)
//     shared    none beyond the static
//
// A thread sums the squares of every 256th group of eight columns, then the warps and at last the block add up along
// fixed trees: the order depends on the number of columns alone. Rows of up to 8,192 columns stay in registers between
// the two passes; what is longer is read again. CPU reference: ScalarOps.rmsNorm.
#include "rows.cuh"

namespace {

constexpr int NORM_THREADS = 256;
constexpr int STRIDE = NORM_THREADS * 8;
constexpr int KEPT = 4;

// The sum over the block, the same bits in every thread.
DEVICE float blockSum(float sum) {
  SHARED float warpSums[NORM_THREADS / 32];
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    sum = __fadd_rn(sum, __shfl_xor_sync(0xffffffffu, sum, distance));
  }
  if (threadIdx.x % 32 == 0) {
    warpSums[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  float total = 0.0f;
#pragma unroll
  for (int warp = 0; warp < NORM_THREADS / 32; warp++) {
    total = __fadd_rn(total, warpSums[warp]);
  }
  return total;
}

DEVICE float addSquares(float sum, const Eight& eight) {
#pragma unroll
  for (int e = 0; e < 8; e++) {
    sum = __fmaf_rn(eight.values[e], eight.values[e], sum);
  }
  return sum;
}

// Calls store(column, normed) for each group of eight of `padded` columns.
template <class Store>
DEVICE void normalize(const RmsNormArguments& arguments, int padded, Store store) {
  const float* x = arguments.x + static_cast<size_t>(blockIdx.x) * arguments.columns;
  int first = threadIdx.x * 8;
  Eight kept[KEPT];
  float squares = 0.0f;
#pragma unroll
  for (int i = 0; i < KEPT; i++) {
    kept[i] = loadEight(x, first + i * STRIDE, arguments.columns);
  }
#pragma unroll
  for (int i = 0; i < KEPT; i++) {
    squares = addSquares(squares, kept[i]);
  }
  for (int column = first + KEPT * STRIDE; column < arguments.columns; column += STRIDE) {
    squares = addSquares(squares, loadEight(x, column, arguments.columns));
  }
  float mean = blockSum(squares) / static_cast<float>(arguments.columns);
  float scale = 1.0f / sqrtf(__fadd_rn(mean, arguments.epsilon));
  auto finish = [&](int column, Eight eight) {
    Eight weight = loadEight(arguments.weight, column, arguments.columns);
#pragma unroll
    for (int e = 0; e < 8; e++) {
      eight.values[e] = __fmul_rn(__fmul_rn(eight.values[e], scale), weight.values[e]);
    }
    // A scale that is not a number would show in the padding.
#pragma unroll
    for (int e = 0; e < 8; e++) {
      eight.values[e] = column + e < arguments.columns ? eight.values[e] : 0.0f;
    }
    store(column, eight);
  };
#pragma unroll
  for (int i = 0; i < KEPT; i++) {
    if (first + i * STRIDE < padded) {
      finish(first + i * STRIDE, kept[i]);
    }
  }
  for (int column = first + KEPT * STRIDE; column < padded; column += STRIDE) {
    finish(column, loadEight(x, column, arguments.columns));
  }
}

}  // namespace

KERNEL(NORM_THREADS, rms_norm_bf16, RmsNormArguments) {
  int across = tilesAcross(arguments.columns);
  normalize(arguments, across * TILE_COLUMNS, [&](int column, const Eight& eight) {
    storeChunk(arguments.out, blockIdx.x, column, across, roundedEight(eight));
  });
}

KERNEL(NORM_THREADS, rms_norm_f32, RmsNormArguments) {
  float* out = static_cast<float*>(arguments.out) + static_cast<size_t>(blockIdx.x) * arguments.columns;
  normalize(arguments, arguments.columns,
            [&](int column, const Eight& eight) { storeEight(out, column, arguments.columns, eight); });
}

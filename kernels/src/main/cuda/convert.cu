// Between f32 rows as the host has them and device layouts, and noise in place of weights.
//
//   pack_weight_bf16   from f32 [rows, columns] to rows firstRow .. of a tiled, permuted weight; firstRow is a multiple
//                      of 64. Padding rows are the caller's to clear
//   tile_rows_bf16     from f32 [rows, columns] to rows firstRow .. of a tiled tensor
//   untile_rows_bf16   from rows firstRow .. of a tiled tensor to f32 [rows, columns]
//   fill_random_bf16   rows firstRow, firstRow + rowStep .. of a tiled, permuted weight: uniform in [-scale, scale), a
//                      pure function of seed, row of the band and column, for benchmarks (NoiseBand). Padding rows are
//                      the caller's to clear
//     grid      rows
//     threads   ROW_THREADS (128)
//     shared    none
//
// Padding columns of what is written become zero. Values are rounded to the nearest even; noise towards zero, so that
// it stays below `scale`. CPU references: ScalarMemory, ScalarWeightMatrix, NoiseBand.
#include "rows.cuh"
#include "splitmix.cuh"

namespace {

DEVICE void tileRow(const ConvertArguments& arguments, int row) {
  const float* from = static_cast<const float*>(arguments.from) + static_cast<size_t>(blockIdx.x) * arguments.columns;
  int across = tilesAcross(arguments.columns);
  for (int chunk = threadIdx.x; chunk < chunksAcross(arguments.columns); chunk += ROW_THREADS) {
    storeChunk(arguments.to, row, chunk * 8, across, roundedEight(loadEight(from, chunk * 8, arguments.columns)));
  }
}

// The upper half of an f32 in [-scale, scale).
DEVICE uint32_t noise(const FillRandomArguments& arguments, int row, int column) {
  if (column >= arguments.columns) {
    return 0;
  }
  uint64_t index = static_cast<uint64_t>(row) * arguments.columns + column;
  uint64_t bits = mixedBits(static_cast<uint64_t>(arguments.seed), index);
  float unit = static_cast<float>(static_cast<int32_t>(bits >> 40) - (1 << 23)) * 0x1p-23f;
  return floatBits(__fmul_rn(unit, arguments.scale)) >> 16;
}

}  // namespace

KERNEL(ROW_THREADS, pack_weight_bf16, ConvertArguments) {
  tileRow(arguments, placeOfRow(arguments.firstRow + blockIdx.x));
}

KERNEL(ROW_THREADS, tile_rows_bf16, ConvertArguments) { tileRow(arguments, arguments.firstRow + blockIdx.x); }

KERNEL(ROW_THREADS, untile_rows_bf16, ConvertArguments) {
  float* to = static_cast<float*>(arguments.to) + static_cast<size_t>(blockIdx.x) * arguments.columns;
  int row = arguments.firstRow + blockIdx.x;
  int across = tilesAcross(arguments.columns);
  for (int column = threadIdx.x * 8; column < arguments.columns; column += ROW_THREADS * 8) {
    storeEight(to, column, arguments.columns, loadChunk(arguments.from, row, column, across));
  }
}

KERNEL(ROW_THREADS, fill_random_bf16, FillRandomArguments) {
  int row = blockIdx.x;
  int place = placeOfRow(arguments.firstRow + row * arguments.rowStep);
  int across = tilesAcross(arguments.columns);
  for (int chunk = threadIdx.x; chunk < chunksAcross(arguments.columns); chunk += ROW_THREADS) {
    EightBf16 eight;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int column = chunk * 8 + 2 * i;
      eight.pairs[i] = noise(arguments, row, column) | noise(arguments, row, column + 1) << 16;
    }
    storeChunk(arguments.to, place, chunk * 8, across, eight);
  }
}

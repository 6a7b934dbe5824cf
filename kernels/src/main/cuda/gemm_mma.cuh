// The product of gemm_mma.cu for many rows: a block of 4 warps computes 128 rows and 128 outputs, a warp 64 of each.
//
// Steps of 32 inputs go through a ring of four stages in shared memory, 16 KiB each, so that two blocks fit on an SM of
// any kind. A step is half a tile of memory. In shared memory its rows are 64 bytes long, and their four chunks are
// permuted by bits 1 and 2 of the row's number, so that ldmatrix reads without bank conflicts.
//
// A warp's outputs are the same half, 32 places, of both groups of 64: then the rotation partners of head size 128 are
// in one thread. Per step and block: 1 MiFLOP, 16 KiB from global memory; per warp 16 KiB from shared memory.
#pragma once

#include "epilogues.cuh"
#include "gemm_tiles.cuh"

constexpr int GEMM_MMA_THREADS = 128;
constexpr int GEMM_MMA_STAGES = 4;
constexpr int GEMM_MMA_STEP = 32;
constexpr int GEMM_MMA_OPERAND_BYTES = TILE_ROWS * GEMM_MMA_STEP * 2;
constexpr int GEMM_MMA_STAGE_BYTES = 2 * GEMM_MMA_OPERAND_BYTES;
constexpr int GEMM_MMA_SHARED_BYTES = GEMM_MMA_STAGES * GEMM_MMA_STAGE_BYTES;

HOST_DEVICE int gemmMmaBlocks(int rows, int outputs) {
  return ((rows + TILE_ROWS - 1) / TILE_ROWS) * ((outputs + TILE_ROWS - 1) / TILE_ROWS);
}

// Offset of 16-byte chunk `chunk` (of 4) of row `row` of one operand in a stage.
DEVICE int chunkInStage(int row, int chunk) { return row * 64 + ((chunk ^ (row >> 1 & 3)) << 4); }

// Copies half `half` of a tile, 32 of its columns, to shared memory: four chunks a thread.
DEVICE void copyHalfTile(uint8_t* shared, const uint8_t* tile, int half) {
  int firstRow = threadIdx.x / 4;
  int chunk = threadIdx.x % 4;
#pragma unroll
  for (int row = firstRow; row < firstRow + TILE_ROWS; row += GEMM_MMA_THREADS / 4) {
    copyAsync16(shared + chunkInStage(row, chunk), tile + chunkInTile(row, 4 * half + chunk), true);
  }
}

// The part of a block's tile that this thread computes: four times 16 rows and eight times 8 places.
class MmaAccumulator {
 public:
  DEVICE MmaAccumulator() : lane_(threadIdx.x % 32), rows_(threadIdx.x / 32 % 2), half_(threadIdx.x / 64) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 8; j++) {
#pragma unroll
        for (int e = 0; e < 4; e++) {
          sums_[i][j][e] = 0.0f;
        }
      }
    }
  }

  // Adds the products of one stage: two steps of 16 inputs.
  DEVICE void add(const uint8_t* stage) {
    const uint8_t* weights = stage + GEMM_MMA_OPERAND_BYTES;
#pragma unroll
    for (int k = 0; k < GEMM_MMA_STEP / 16; k++) {
      uint32_t a[4][4];
      uint32_t b[4][4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        loadMatrixX4(a[i], stage + chunkInStage(64 * rows_ + 16 * i + lane_ % 16, 2 * k + lane_ / 16));
      }
#pragma unroll
      for (int j = 0; j < 4; j++) {
        int place = 64 * (j / 2) + 32 * half_ + 16 * (j % 2) + lane_ % 8 + lane_ / 16 * 8;
        loadMatrixX4(b[j], weights + chunkInStage(place, 2 * k + lane_ / 8 % 2));
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 8; j++) {
          multiply16x8x16(sums_[i][j], a[i], b[j / 2][2 * (j % 2)], b[j / 2][2 * (j % 2) + 1]);
        }
      }
    }
  }

  template <class Epilogue>
  DEVICE void finish(const GemmArguments& arguments, int firstRow, int firstColumn) {
    int column = firstColumn + 16 * (lane_ % 4) + 8 * half_;
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int h = 0; h < 2; h++) {
        float runs[2][8];
#pragma unroll
        for (int e = 0; e < 8; e++) {
          runs[0][e] = sums_[i][e / 2][2 * h + e % 2];
          runs[1][e] = sums_[i][4 + e / 2][2 * h + e % 2];
        }
        Epilogue::finish(arguments, firstRow + 64 * rows_ + 16 * i + 8 * h + lane_ / 4, column, runs);
      }
    }
  }

 private:
  float sums_[4][8][4];
  int lane_;
  int rows_;  // the warp's half of the block's rows
  int half_;  // the warp's half of each group of 64 places
};

template <class Epilogue>
DEVICE void mmaTile(const GemmArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  int rowTile;
  int columnTile;
  TileGrid(arguments.rows, arguments.outputs, TILE_ROWS).at(blockIdx.x, rowTile, columnTile);
  int across = tilesAcross(arguments.inputs);
  size_t tileRowBytes = static_cast<size_t>(across) * TILE_BYTES;
  const uint8_t* activations = static_cast<const uint8_t*>(arguments.activations) + rowTile * tileRowBytes;
  const uint8_t* weights = static_cast<const uint8_t*>(arguments.weights) + columnTile * tileRowBytes;
  int steps = 2 * across;
  auto stageOf = [&](int step) { return shared + step % GEMM_MMA_STAGES * GEMM_MMA_STAGE_BYTES; };
  auto copy = [&](int step) {
    if (step < steps) {
      size_t tile = static_cast<size_t>(step / 2) * TILE_BYTES;
      copyHalfTile(stageOf(step), activations + tile, step % 2);
      copyHalfTile(stageOf(step) + GEMM_MMA_OPERAND_BYTES, weights + tile, step % 2);
    }
    copyAsyncCommit();
  };

  for (int step = 0; step < GEMM_MMA_STAGES - 1; step++) {
    copy(step);
  }
  MmaAccumulator accumulator;
  for (int step = 0; step < steps; step++) {
    copyAsyncWait<GEMM_MMA_STAGES - 2>();
    __syncthreads();
    copy(step + GEMM_MMA_STAGES - 1);
    accumulator.add(stageOf(step));
  }
  accumulator.template finish<Epilogue>(arguments, rowTile * TILE_ROWS, columnTile * TILE_ROWS);
}

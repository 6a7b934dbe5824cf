// The product of gemm_mma.cu for few rows, as in decoding: it lives from streaming weights, so a block of 4 warps takes
// 64 outputs and all rows, and keeps five steps of 64 inputs on their way. A warp computes 16 places, and as many
// tiles of 16 rows as there are.
//
// Per step and block: 8 KiB of weights and at most 8 KiB of activations, which stay in the level 2 cache.
#pragma once

#include "epilogues.cuh"
#include "gemm_tiles.cuh"

constexpr int GEMM_MMA_FEW_THREADS = 128;
constexpr int GEMM_MMA_FEW_STAGES = 6;
constexpr int GEMM_MMA_FEW_OUTPUTS = 64;
constexpr int GEMM_MMA_FEW_OPERAND_BYTES = 64 * TILE_COLUMNS * 2;
constexpr int GEMM_MMA_FEW_SHARED_BYTES = GEMM_MMA_FEW_STAGES * 2 * GEMM_MMA_FEW_OPERAND_BYTES;

// Two blocks a tile of weights, also where the second has padding only: it writes the padding of swiglu's output.
HOST_DEVICE int gemmMmaFewBlocks(int outputs) { return (outputs + TILE_ROWS - 1) / TILE_ROWS * 2; }

// Copies `rows` rows of a tile, a multiple of 16, as they lie.
DEVICE void copyFewRows(uint8_t* shared, const uint8_t* tile, int rows) {
  for (int offset = 16 * threadIdx.x; offset < rows * 128; offset += 16 * GEMM_MMA_FEW_THREADS) {
    copyAsync16(shared + offset, tile + offset, true);
  }
}

// Adds the products of one step: four times 16 inputs.
DEVICE void addFewRowsStep(float (&sums)[4][2][4], const uint8_t* stage, int rowTiles) {
  int lane = threadIdx.x % 32;
  int place = 16 * (threadIdx.x / 32) + lane % 8 + lane / 16 * 8;
  const uint8_t* weights = stage + GEMM_MMA_FEW_OPERAND_BYTES;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    uint32_t b[4];
    loadMatrixX4(b, weights + chunkInTile(place, 2 * k + lane / 8 % 2));
#pragma unroll
    for (int i = 0; i < 4; i++) {
      if (i < rowTiles) {
        uint32_t a[4];
        loadMatrixX4(a, stage + chunkInTile(16 * i + lane % 16, 2 * k + lane / 16));
        multiply16x8x16(sums[i][0], a, b[0], b[1]);
        multiply16x8x16(sums[i][1], a, b[2], b[3]);
      }
    }
  }
}

// Four consecutive outputs of two rows in each tile of 16.
template <class Epilogue>
DEVICE void finishFewRows(const GemmArguments& arguments, int rowTiles, float (&sums)[4][2][4]) {
  int lane = threadIdx.x % 32;
  int column = blockIdx.x * GEMM_MMA_FEW_OUTPUTS + 16 * (lane % 4) + 4 * (threadIdx.x / 32);
#pragma unroll
  for (int i = 0; i < 4; i++) {
    if (i < rowTiles) {
#pragma unroll
      for (int h = 0; h < 2; h++) {
        float runs[1][4];
#pragma unroll
        for (int e = 0; e < 4; e++) {
          runs[0][e] = sums[i][e / 2][2 * h + e % 2];
        }
        Epilogue::finish(arguments, 16 * i + 8 * h + lane / 4, column, runs);
      }
    }
  }
}

template <class Epilogue>
DEVICE void mmaFewRows(const GemmArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  int steps = tilesAcross(arguments.inputs);
  int rowTiles = (arguments.rows + 15) / 16;
  int place = blockIdx.x * GEMM_MMA_FEW_OUTPUTS;
  const uint8_t* activations = static_cast<const uint8_t*>(arguments.activations);
  const uint8_t* weights = static_cast<const uint8_t*>(arguments.weights) +
                           static_cast<size_t>(place / TILE_ROWS) * steps * TILE_BYTES + place % TILE_ROWS * 128;
  auto stageOf = [&](int step) { return shared + step % GEMM_MMA_FEW_STAGES * (2 * GEMM_MMA_FEW_OPERAND_BYTES); };
  auto copy = [&](int step) {
    if (step < steps) {
      size_t tile = static_cast<size_t>(step) * TILE_BYTES;
      copyFewRows(stageOf(step), activations + tile, 16 * rowTiles);
      copyFewRows(stageOf(step) + GEMM_MMA_FEW_OPERAND_BYTES, weights + tile, GEMM_MMA_FEW_OUTPUTS);
    }
    copyAsyncCommit();
  };

  for (int step = 0; step < GEMM_MMA_FEW_STAGES - 1; step++) {
    copy(step);
  }
  float sums[4][2][4] = {};
  for (int step = 0; step < steps; step++) {
    copyAsyncWait<GEMM_MMA_FEW_STAGES - 2>();
    __syncthreads();
    copy(step + GEMM_MMA_FEW_STAGES - 1);
    addFewRowsStep(sums, stageOf(step), rowTiles);
  }
  finishFewRows<Epilogue>(arguments, rowTiles, sums);
}

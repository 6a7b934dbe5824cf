// The product of gemm_wgmma.cu for few rows, as in decoding. It lives from streaming weights: a block stays on its SM
// and takes 64 outputs at a time, or 32 where that would leave SMs idle, and all rows. One thread copies, twelve steps
// of 64 inputs ahead; one warpgroup multiplies, with the rows padded to 64 by whatever shared memory holds.
//
// Per step and block: 8 KiB of weights, and 128 bytes a row of activations, which stay in the level 2 cache. Up to
// 96 KiB of weights are on their way to each SM.
#pragma once

#include "epilogues.cuh"
#include "gemm_ring.cuh"
#include "gemm_tiles.cuh"

constexpr int GEMM_WGMMA_FEW_THREADS = 160;
constexpr int GEMM_WGMMA_FEW_CONSUMER_WARPS = 4;
constexpr int GEMM_WGMMA_FEW_OPERAND_BYTES = 64 * TILE_COLUMNS * 2;
using FewRowsStages = Ring<12, 2 * GEMM_WGMMA_FEW_OPERAND_BYTES>;
constexpr int GEMM_WGMMA_FEW_SHARED_BYTES = FewRowsStages::SHARED_BYTES;

template <class Epilogue, int WIDTH>
class WgmmaFewRows {
 public:
  DEVICE WgmmaFewRows(const GemmArguments& arguments, const void* shared)
      : arguments_(arguments),
        ring_(shared),
        count_((arguments.outputs + TILE_ROWS - 1) / TILE_ROWS * (TILE_ROWS / WIDTH)),
        steps_(tilesAcross(arguments.inputs)) {}

  DEVICE void run() {
    if (threadIdx.x == 0) {
      ring_.initialize(GEMM_WGMMA_FEW_CONSUMER_WARPS);
    }
    __syncthreads();
    if (threadIdx.x < 128) {
      consume();
    } else if (threadIdx.x == 128) {
      produce();
    }
  }

 private:
  DEVICE void produce() {
    FewRowsStages::Position at;
    int rowBytes = (arguments_.rows + 7) / 8 * 1024;
    const uint8_t* activations = static_cast<const uint8_t*>(arguments_.activations);
    for (int index = blockIdx.x; index < count_; index += gridDim.x) {
      int place = index * WIDTH;
      const uint8_t* weights = static_cast<const uint8_t*>(arguments_.weights) +
                               static_cast<size_t>(place / TILE_ROWS) * steps_ * TILE_BYTES + place % TILE_ROWS * 128;
      for (int step = 0; step < steps_; step++) {
        uint32_t barrier = ring_.claim(at, rowBytes + WIDTH * 128);
        uint32_t stage = ring_.address(at);
        size_t tile = static_cast<size_t>(step) * TILE_BYTES;
        copyBulk(stage + GEMM_WGMMA_FEW_OPERAND_BYTES, weights + tile, WIDTH * 128, barrier);
        copyBulk(stage, activations + tile, rowBytes, barrier);
        at.next();
      }
    }
  }

  DEVICE void consume() {
    FewRowsStages::Position at;
    for (int index = blockIdx.x; index < count_; index += gridDim.x) {
      float sums[WIDTH / 2];
      multiplyStages<WIDTH>(sums, ring_, at, steps_, 0, GEMM_WGMMA_FEW_OPERAND_BYTES);
      finish(index * WIDTH, sums);
    }
  }

  // A thread has a quarter of the outputs of its group, or of half a group, in two rows.
  DEVICE void finish(int place, const float (&sums)[WIDTH / 2]) {
    constexpr int RUN = WIDTH / 4;
    int lane = threadIdx.x % 32;
    int column = place / 64 * 64 + 16 * (lane % 4) + place % 64 / 4;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float runs[1][RUN];
#pragma unroll
      for (int e = 0; e < RUN; e++) {
        runs[0][e] = sums[4 * (e / 2) + 2 * h + e % 2];
      }
      Epilogue::finish(arguments_, threadIdx.x / 32 * 16 + lane / 4 + 8 * h, column, runs);
    }
  }

  const GemmArguments& arguments_;
  FewRowsStages ring_;
  int count_;
  int steps_;
};

template <class Epilogue>
DEVICE void wgmmaFewRows(const GemmArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  // Wider tiles read activations less often, which matters more the more rows there are.
  int tiles = (arguments.outputs + 63) / 64;
  if (2 * tiles > static_cast<int>(gridDim.x) || arguments.rows > 32) {
    WgmmaFewRows<Epilogue, 64>(arguments, shared).run();
  } else {
    WgmmaFewRows<Epilogue, 32>(arguments, shared).run();
  }
}

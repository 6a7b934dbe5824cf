// The product of gemm_wgmma.cu for few rows, as in decoding. It lives from streaming weights: a block stays on its SM
// and takes 128, 64 or 32 outputs at a time, depending on how many there are, and all rows. One thread copies, eight or
// twelve steps of 64 inputs ahead; one warpgroup multiplies, with the rows padded to 64 by what shared memory holds.
//
// Per step and block: 128 bytes an output of weights from memory, and 128 bytes a row of activations, which stay in the
// level 2 cache: the wider the tile, the less of the cache's bandwidth goes to them. 96 to 128 KiB of weights are on
// their way to each SM (48 for tiles of 32).
#pragma once

#include "epilogues.cuh"
#include "gemm_ring.cuh"
#include "gemm_tiles.cuh"

constexpr int GEMM_WGMMA_FEW_THREADS = 160;
constexpr int GEMM_WGMMA_FEW_CONSUMER_WARPS = 4;
constexpr int GEMM_WGMMA_FEW_ROWS_BYTES = GEMM_FEW_ROWS * TILE_COLUMNS * 2;

template <int WIDTH>
struct WgmmaFewTile {
  static constexpr int STAGE_BYTES = GEMM_WGMMA_FEW_ROWS_BYTES + (WIDTH == 128 ? TILE_BYTES : TILE_BYTES / 2);
  static constexpr int STAGES = WIDTH == 128 ? 8 : 12;
  using Stages = Ring<STAGES, STAGE_BYTES>;
};

constexpr int GEMM_WGMMA_FEW_SHARED_BYTES = WgmmaFewTile<64>::Stages::SHARED_BYTES;  // the largest

// Outputs of a tile on a device of `blocks` multiprocessors. Wide ones only where there are enough of them that few are
// left over for a last round.
HOST_DEVICE int gemmWgmmaFewWidth(int rows, int outputs, int blocks) {
  if (2 * ((outputs + 127) / 128) > 3 * blocks) {
    return 128;
  }
  return 2 * ((outputs + 63) / 64) > blocks || rows > 32 ? 64 : 32;
}

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
  using Stages = typename WgmmaFewTile<WIDTH>::Stages;

  DEVICE void produce() {
    typename Stages::Position at;
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
        copyBulk(stage + GEMM_WGMMA_FEW_ROWS_BYTES, weights + tile, WIDTH * 128, barrier);
        copyBulk(stage, activations + tile, rowBytes, barrier);
        at.next();
      }
    }
  }

  DEVICE void consume() {
    typename Stages::Position at;
    for (int index = blockIdx.x; index < count_; index += gridDim.x) {
      float sums[WIDTH / 2];
      multiplyStages<WIDTH>(sums, ring_, at, steps_, 0, GEMM_WGMMA_FEW_ROWS_BYTES);
      finish(index * WIDTH, sums);
    }
  }

  // A thread has 16 outputs of each group of 64, or 8 of half a group, in two rows.
  DEVICE void finish(int place, const float (&sums)[WIDTH / 2]) {
    constexpr int RUNS = WIDTH < 64 ? 1 : WIDTH / 64;
    constexpr int RUN = WIDTH / 4 / RUNS;
    int lane = threadIdx.x % 32;
    int column = place / 64 * 64 + 16 * (lane % 4) + place % 64 / 4;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float runs[RUNS][RUN];
#pragma unroll
      for (int g = 0; g < RUNS; g++) {
#pragma unroll
        for (int e = 0; e < RUN; e++) {
          runs[g][e] = sums[32 * g + 4 * (e / 2) + 2 * h + e % 2];
        }
      }
      Epilogue::finish(arguments_, threadIdx.x / 32 * 16 + lane / 4 + 8 * h, column, runs);
    }
  }

  const GemmArguments& arguments_;
  Stages ring_;
  int count_;
  int steps_;
};

template <class Epilogue>
DEVICE void wgmmaFewRows(const GemmArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  int width = gemmWgmmaFewWidth(arguments.rows, arguments.outputs, gridDim.x);
  if (width == 128) {
    WgmmaFewRows<Epilogue, 128>(arguments, shared).run();
  } else if (width == 64) {
    WgmmaFewRows<Epilogue, 64>(arguments, shared).run();
  } else {
    WgmmaFewRows<Epilogue, 32>(arguments, shared).run();
  }
}

// The product of gemm_wgmma.cu for many rows. A block stays on its SM and works off output tiles. One thread of its
// first warpgroup copies operands; the other two warpgroups multiply, 64 rows each of a tile of 128 rows and 256
// outputs.
//
// Per step of 64 inputs and block: 4 MiFLOP and 48 KiB, all from contiguous memory (at the 4,096 FLOP that an SM can do
// a cycle, 48 bytes a cycle). While the consumers write their results, the producer is already ahead in the next tile;
// and since each warpgroup waits for its own stages only, one computes while the other writes.
//
// Where tiles of 256 outputs are too few to keep all SMs busy, tiles of 128 outputs are used: more bytes per FLOP, but
// twice as many tiles, and the same bits.
#pragma once

#include "epilogues.cuh"
#include "gemm_ring.cuh"
#include "gemm_tiles.cuh"

constexpr int GEMM_WGMMA_THREADS = 384;
constexpr int GEMM_WGMMA_CONSUMER_WARPS = 8;

template <int WIDTH>
struct WgmmaTile {
  static constexpr int WEIGHT_TILES = WIDTH / TILE_ROWS;
  static constexpr int STAGE_BYTES = (1 + WEIGHT_TILES) * TILE_BYTES;
  static constexpr int STAGES = 12 / (1 + WEIGHT_TILES);
  using Stages = Ring<STAGES, STAGE_BYTES>;
};

constexpr int GEMM_WGMMA_SHARED_BYTES = WgmmaTile<128>::Stages::SHARED_BYTES;  // the larger of the two

// Whether tiles of 256 outputs take less time, counted in rounds over `blocks` blocks. A tile of 128 outputs is
// reckoned at 0.575 of one of 256: half the work, 15 % slower.
HOST_DEVICE bool gemmWgmmaWide(int rows, int outputs, int blocks) {
  int rowTiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  int wideRounds = (rowTiles * ((outputs + 255) / 256) + blocks - 1) / blocks;
  int narrowRounds = (rowTiles * ((outputs + 127) / 128) + blocks - 1) / blocks;
  return 40 * wideRounds <= 23 * narrowRounds;
}

template <class Epilogue, int WIDTH>
class WgmmaProduct {
 public:
  DEVICE WgmmaProduct(const GemmArguments& arguments, const void* shared)
      : arguments_(arguments),
        ring_(shared),
        grid_(arguments.rows, arguments.outputs, WIDTH),
        steps_(tilesAcross(arguments.inputs)) {}

  DEVICE void run() {
    if (threadIdx.x == 0) {
      ring_.initialize(GEMM_WGMMA_CONSUMER_WARPS);
    }
    __syncthreads();
    if (threadIdx.x < 128) {
      releaseRegisters<24>();
      if (threadIdx.x == 0) {
        produce();
      }
    } else {
      claimRegisters<240>();
      consume();
    }
  }

 private:
  using Stages = typename WgmmaTile<WIDTH>::Stages;

  DEVICE void produce() {
    typename Stages::Position at;
    int lastTile = (arguments_.outputs + TILE_ROWS - 1) / TILE_ROWS;
    for (int index = blockIdx.x; index < grid_.count(); index += gridDim.x) {
      int rowTile;
      int columnTile;
      grid_.at(index, rowTile, columnTile);
      int weightTile = columnTile * WgmmaTile<WIDTH>::WEIGHT_TILES;
      int weightTiles = min(WgmmaTile<WIDTH>::WEIGHT_TILES, lastTile - weightTile);
      size_t across = steps_;
      const uint8_t* activations = static_cast<const uint8_t*>(arguments_.activations) + rowTile * across * TILE_BYTES;
      const uint8_t* weights = static_cast<const uint8_t*>(arguments_.weights) + weightTile * across * TILE_BYTES;
      for (int step = 0; step < steps_; step++) {
        uint32_t barrier = ring_.claim(at, (1 + weightTiles) * TILE_BYTES);
        uint32_t stage = ring_.address(at);
        size_t tile = static_cast<size_t>(step) * TILE_BYTES;
        copyBulk(stage, activations + tile, TILE_BYTES, barrier);
        for (int i = 0; i < weightTiles; i++) {
          copyBulk(stage + (1 + i) * TILE_BYTES, weights + i * across * TILE_BYTES + tile, TILE_BYTES, barrier);
        }
        if constexpr (Epilogue::ADDS) {
          prefetchOutput(rowTile, columnTile, step);
        }
        at.next();
      }
    }
  }

  // What will be added to is brought to the level 2 cache in the last 64 steps of a tile, two rows a step.
  DEVICE void prefetchOutput(int rowTile, int columnTile, int step) {
    int firstRow = 2 * (step + TILE_ROWS / 2 - steps_);
    int column = columnTile * WIDTH;
    int bytes = 4 * min(WIDTH, arguments_.outputs - column);
    if (firstRow < 0 || arguments_.outputs % 4 != 0) {
      return;
    }
    for (int row = rowTile * TILE_ROWS + firstRow; row < rowTile * TILE_ROWS + firstRow + 2; row++) {
      if (row < arguments_.rows) {
        size_t at = static_cast<size_t>(row) * arguments_.outputs + column;
        prefetchBulk(static_cast<const float*>(arguments_.output) + at, bytes);
      }
    }
  }

  DEVICE void consume() {
    typename Stages::Position at;
    int group = threadIdx.x / 128 - 1;
    for (int index = blockIdx.x; index < grid_.count(); index += gridDim.x) {
      int rowTile;
      int columnTile;
      grid_.at(index, rowTile, columnTile);
      float sums[WIDTH / 2];
      multiplyStages<WIDTH>(sums, ring_, at, steps_, group * (TILE_BYTES / 2), TILE_BYTES);
      finish(rowTile * TILE_ROWS + group * 64, columnTile * WIDTH, sums);
    }
  }

  // A thread has 16 outputs of each group of 64, in two rows.
  DEVICE void finish(int firstRow, int firstColumn, const float (&sums)[WIDTH / 2]) {
    int lane = threadIdx.x % 32;
    int row = firstRow + threadIdx.x / 32 % 4 * 16 + lane / 4;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      float runs[WIDTH / 64][16];
#pragma unroll
      for (int g = 0; g < WIDTH / 64; g++) {
#pragma unroll
        for (int e = 0; e < 16; e++) {
          runs[g][e] = sums[32 * g + 4 * (e / 2) + 2 * h + e % 2];
        }
      }
      Epilogue::finish(arguments_, row + 8 * h, firstColumn + 16 * (lane % 4), runs);
    }
  }

  const GemmArguments& arguments_;
  Stages ring_;
  TileGrid grid_;
  int steps_;
};

template <class Epilogue>
DEVICE void wgmmaTiles(const GemmArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  if (gemmWgmmaWide(arguments.rows, arguments.outputs, gridDim.x)) {
    WgmmaProduct<Epilogue, 256>(arguments, shared).run();
  } else {
    WgmmaProduct<Epilogue, 128>(arguments, shared).run();
  }
}

// How an operation cuts its rows so that what lies between two products stays in cache.
#pragma once

#include <algorithm>

#include "gemm.h"

namespace swiftkv {

// F32 values of a tile between two products, and the fewest and most rows that a product runs well on.
constexpr int64_t TILE_VALUES = 1 << 20;
constexpr int64_t FEWEST_TILE_ROWS = 128;
constexpr int64_t MOST_TILE_ROWS = 256;

inline int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

inline int64_t tileRows(int64_t columns) {
  return std::clamp(TILE_VALUES / columns / 64 * 64, FEWEST_TILE_ROWS, MOST_TILE_ROWS);
}

inline const uint8_t* rowAt(const void* matrix, int64_t row, int64_t columns, DType dtype) {
  return static_cast<const uint8_t*>(matrix) + row * columns * (dtype == DType::F32 ? 4 : 2);
}

// Scratch of a product whose rows come in tiles.
inline int64_t tiledBytes(Gemm& gemm, const Weight& weight, int64_t rows, int64_t tile, Store store) {
  int64_t most = gemm.scratchBytes(weight, std::min(rows, tile), store);
  int64_t last = rows % tile;
  return rows > tile && last != 0 ? std::max(most, gemm.scratchBytes(weight, last, store)) : most;
}

}  // namespace swiftkv

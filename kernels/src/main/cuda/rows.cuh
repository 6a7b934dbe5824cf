// Eight consecutive columns of a row, the unit in which the elementwise kernels work: one 16-byte chunk of a tiled bf16
// matrix, two vectors of an f32 matrix. Columns past the end of a row read as zero; f32 rows are not written past their
// end, tiled rows are written to the end of their chunk.
#pragma once

#include "epilogues.cuh"

constexpr int ROW_THREADS = 128;  // of kernels with one block a row

struct Eight {
  float values[8];
};

// Chunks across a tiled row with its padding.
HOST_DEVICE int chunksAcross(int columns) { return tilesAcross(columns) * (TILE_COLUMNS / 8); }

// `row` points to a row whose address is a multiple of 16 bytes where `columns` is a multiple of four.
DEVICE Eight loadEight(const float* row, int column, int columns) {
  Eight eight;
#pragma unroll
  for (int v = 0; v < 8; v += 4) {
    FourFloats four = {};
    if (columns % 4 == 0) {
      if (column + v < columns) {
        four = *reinterpret_cast<const FourFloats*>(row + column + v);
      }
    } else {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        if (column + v + e < columns) {
          four.values[e] = row[column + v + e];
        }
      }
    }
#pragma unroll
    for (int e = 0; e < 4; e++) {
      eight.values[v + e] = four.values[e];
    }
  }
  return eight;
}

DEVICE void storeEight(float* row, int column, int columns, const Eight& eight) {
  if (columns % 4 == 0) {
#pragma unroll
    for (int v = 0; v < 8; v += 4) {
      if (column + v < columns) {
        *reinterpret_cast<FourFloats*>(row + column + v) = {eight.values[v], eight.values[v + 1], eight.values[v + 2],
                                                            eight.values[v + 3]};
      }
    }
  } else {
#pragma unroll
    for (int e = 0; e < 8; e++) {
      if (column + e < columns) {
        row[column + e] = eight.values[e];
      }
    }
  }
}

// The chunk that begins at `column`, a multiple of eight, of a row of a tiled matrix.
DEVICE Eight loadChunk(const void* matrix, int row, int column, int across) {
  const uint8_t* at = static_cast<const uint8_t*>(matrix) + tiledOffset(row, column, across);
  EightBf16 chunk = *reinterpret_cast<const EightBf16*>(at);
  Eight eight;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    eight.values[2 * i] = lowBf16(chunk.pairs[i]);
    eight.values[2 * i + 1] = highBf16(chunk.pairs[i]);
  }
  return eight;
}

DEVICE EightBf16 roundedEight(const Eight& eight) {
  return {{packBf16(eight.values[0], eight.values[1]), packBf16(eight.values[2], eight.values[3]),
           packBf16(eight.values[4], eight.values[5]), packBf16(eight.values[6], eight.values[7])}};
}

DEVICE void storeChunk(void* matrix, int row, int column, int across, const EightBf16& chunk) {
  *reinterpret_cast<EightBf16*>(static_cast<uint8_t*>(matrix) + tiledOffset(row, column, across)) = chunk;
}

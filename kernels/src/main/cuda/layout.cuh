// Where elements lie in device memory. Every kernel, the emulator and the Java side follow this file.
//
// Tiled bf16 matrices. Whatever takes part in a bf16 product, weights and activations alike, is stored as tiles of 128
// rows and 64 columns (16 KiB, one bulk copy), row after row of tiles. In a tile, a row is 128 bytes, and its eight
// 16-byte chunks are permuted by exclusive or with the row's number modulo 8: the 128-byte swizzle of wgmma, under
// which ldmatrix, too, reads without bank conflicts. Any 8 rows that start at a multiple of 8 are contiguous.
// A matrix is padded to whole tiles. Padding columns are zero. Padding rows of weights are zero; those of activations
// may hold anything, since row r of a product depends on row r alone.
//
// Weight rows are permuted within each group of 64, so that one thread of a warp holds 16 consecutive outputs after
// the product: the accumulator of mma and wgmma gives thread t of a quad the columns 8 j + 2 t + e, e in {0, 1}, so row
// 16 t + 2 j + e of the group is stored at place 8 j + 2 t + e.
//
// f32 matrices are row-major, and f32 weights are not permuted.
//
// Cache pages: keys and values are two arrays [block][head][token of the block][element], bf16 or f32. bf16 heads whose
// size is a multiple of 64 lie in slabs instead: [block][head][slab of 64 elements][token of the block][64 elements], a
// token's 128 bytes swizzled as a tile's rows are. Blocks are multiples of 16 tokens, so a slab of a block, or any 8
// tokens of it from a multiple of 8 on, is one bulk copy ready for wgmma, and ldmatrix reads it without bank conflicts.
#pragma once

#include <cstdint>

#include "portable.cuh"

constexpr int TILE_ROWS = 128;
constexpr int TILE_COLUMNS = 64;
constexpr int TILE_BYTES = TILE_ROWS * TILE_COLUMNS * 2;

// Tiles along `columns` columns.
HOST_DEVICE int tilesAcross(int columns) { return (columns + TILE_COLUMNS - 1) / TILE_COLUMNS; }

// Offset in bytes of the 16-byte chunk `chunk` (of 8) of row `row` inside one tile.
HOST_DEVICE int chunkInTile(int row, int chunk) { return row * 128 + ((chunk ^ (row & 7)) << 4); }

// Offset in bytes of element [row, column] of a tiled matrix that is `across` tiles wide.
HOST_DEVICE size_t tiledOffset(int row, int column, int across) {
  size_t tile = static_cast<size_t>(row / TILE_ROWS) * across + column / TILE_COLUMNS;
  int inTile = column % TILE_COLUMNS;
  return tile * TILE_BYTES + chunkInTile(row % TILE_ROWS, inTile / 8) + inTile % 8 * 2;
}

// The place at which row `row` of a bf16 weight is stored.
HOST_DEVICE int placeOfRow(int row) {
  int inGroup = row & 63;
  return (row & ~63) + 8 * (inGroup >> 1 & 7) + 2 * (inGroup >> 4) + (inGroup & 1);
}

// The row of a bf16 weight that is stored at `place`; undoes placeOfRow.
HOST_DEVICE int rowAtPlace(int place) {
  int inGroup = place & 63;
  return (place & ~63) + 16 * (inGroup >> 1 & 3) + 2 * (inGroup >> 3) + (inGroup & 1);
}

// Whether the bf16 pages of heads of this size are made of slabs.
HOST_DEVICE bool hasSlabs(int headSize) { return headSize % TILE_COLUMNS == 0; }

// Index of the first element of a block's keys (or values) of one head, in bf16 and f32 pages.
HOST_DEVICE size_t headIndex(int block, int head, int blockTokens, int kvHeads, int headSize) {
  return (static_cast<size_t>(block) * kvHeads + head) * blockTokens * headSize;
}

// Index of an element of a token's keys (or values) in what a block has of one head, in bf16 pages.
HOST_DEVICE int indexInHeadBf16(int token, int element, int blockTokens, int headSize) {
  if (!hasSlabs(headSize)) {
    return token * headSize + element;
  }
  int inSlab = chunkInTile(token, element % TILE_COLUMNS / 8) / 2 + element % 8;
  return element / TILE_COLUMNS * blockTokens * TILE_COLUMNS + inSlab;
}

// Index of an element of a token's keys (or values) of one head in bf16 pages. `slot` is block * blockTokens + token.
HOST_DEVICE size_t pageIndexBf16(int slot, int head, int element, int blockTokens, int kvHeads, int headSize) {
  return headIndex(slot / blockTokens, head, blockTokens, kvHeads, headSize) +
         indexInHeadBf16(slot % blockTokens, element, blockTokens, headSize);
}

// The same in f32 pages.
HOST_DEVICE size_t pageIndexF32(int slot, int head, int element, int blockTokens, int kvHeads, int headSize) {
  return headIndex(slot / blockTokens, head, blockTokens, kvHeads, headSize) +
         static_cast<size_t>(slot % blockTokens) * headSize + element;
}

// What the bf16 products share: when there are few rows, and the order in which output tiles are worked off.
#pragma once

#include "layout.cuh"

// The most rows of the gemm_*_few_* kernels.
constexpr int GEMM_FEW_ROWS = 64;

// Output tiles of 128 rows and a number of columns. Tiles that are worked on at the same time should share their
// operands in the level 2 cache, so tiles go down a band of BAND row tiles before they go one to the right.
struct TileGrid {
  static constexpr int BAND = 16;

  int rowTiles;
  int columnTiles;

  DEVICE TileGrid(int rows, int outputs, int tileOutputs)
      : rowTiles((rows + TILE_ROWS - 1) / TILE_ROWS), columnTiles((outputs + tileOutputs - 1) / tileOutputs) {}

  DEVICE int count() const { return rowTiles * columnTiles; }

  DEVICE void at(int index, int& rowTile, int& columnTile) const {
    int band = index / (BAND * columnTiles);
    int left = rowTiles - band * BAND;
    int height = left < BAND ? left : BAND;
    int inBand = index - band * BAND * columnTiles;
    rowTile = band * BAND + inBand % height;
    columnTile = inBand / height;
  }
};

// The inner part of a BF16 product on AMX tiles: one thread's share of one block of rows.
//
// Layouts, in tiles of 1 KiB. Activations: [row tiles][input tiles], a tile is 16 rows of 32 inputs. Weights:
// [panels of 32 outputs][input tiles][2 halves], a tile is 16 pairs of inputs by 16 outputs, as TDPBF16PS reads it (Intel
// 64 and IA-32 Architectures Software Developer's Manual). What sticks out of a matrix is zero.
#pragma once

#include <cstdint>

namespace swiftkv {

constexpr int64_t TILE_BYTES = 1024;
constexpr int64_t TILE_ROWS = 16;
constexpr int64_t TILE_INPUTS = 32;
constexpr int64_t PANEL_OUTPUTS = 32;
// Inputs that are summed before the sums go to memory and the next ones follow: 256 rows of them fill half the L2 cache.
constexpr int64_t CHUNK_TILES = 64;

struct TileTask {
  const uint8_t* activations;
  const uint8_t* weights;
  int64_t rows;
  int64_t outputs;
  int64_t inputTiles;
  int64_t firstPanel;  // the share: panels [firstPanel, endPanel)
  int64_t endPanel;
  float* sums;       // [panels][rows up to a multiple of 32][32] where there is more than one chunk
  float* y;          // [rows, outputs], or null for the gated product
  bool add;          // to y
  uint16_t* hidden;  // [rows, outputs / 2] of the gated product
};

// Row tiles [first, end) of BF16 rows, as the product reads them.
void packActivations(const uint16_t* x, int64_t rows, int64_t inputs, int64_t first, int64_t end, uint8_t* packed);

void multiplyTiles(const TileTask& task);

}  // namespace swiftkv

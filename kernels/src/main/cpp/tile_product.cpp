#include "tile_product.h"

#include <omp.h>

#include <algorithm>

#include "bf16.h"
#include "tile_kernel.h"

namespace swiftkv {
namespace {

// Rows whose activations, in chunks of inputs, stay in the L2 cache while all weights pass by.
constexpr int64_t BLOCK_ROWS = 256;

// A product below both is done by one thread before a second one would have woken up.
constexpr int64_t FEW_MULTIPLY_ADDS = 8 << 20;
constexpr int64_t FEW_WEIGHT_BYTES = 512 << 10;

int64_t ceilDiv(int64_t value, int64_t to) { return (value + to - 1) / to; }

// Element offset of [output, input] in a packed weight.
int64_t packedOffset(int64_t output, int64_t input, int64_t inputTiles) {
  int64_t half = output / TILE_ROWS % 2;
  int64_t tile = 2 * (output / PANEL_OUTPUTS * inputTiles + input / TILE_INPUTS) + half;
  int64_t inTile = input % TILE_INPUTS;
  return tile * TILE_BYTES / 2 + inTile / 2 * TILE_INPUTS + output % TILE_ROWS * 2 + inTile % 2;
}

}  // namespace

TileProduct::TileProduct(int64_t outputs, int64_t inputs, int threads)
    : Product(DType::BF16, outputs, inputs),
      threads_(threads),
      inputTiles_(ceilDiv(inputs, TILE_INPUTS)),
      panels_(ceilDiv(outputs, PANEL_OUTPUTS)) {}

int64_t TileProduct::packedBytes() const { return panels_ * 2 * inputTiles_ * TILE_BYTES; }

void TileProduct::pack(uint8_t* packed, int64_t first, int64_t count, const float* rows) const {
  auto* to = reinterpret_cast<uint16_t*>(packed);
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (int64_t group = 0; group < count; group += TILE_ROWS) {
    int64_t end = std::min(group + TILE_ROWS, count);
    for (int64_t k = 0; k < inputs(); k++) {
      for (int64_t row = group; row < end; row++) {
        to[packedOffset(first + row, k, inputTiles_)] = toBf16(rows[row * inputs() + k]);
      }
    }
  }
}

void TileProduct::readRow(const uint8_t* packed, int64_t row, float* into) const {
  const auto* from = reinterpret_cast<const uint16_t*>(packed);
  for (int64_t k = 0; k < inputs(); k++) into[k] = fromBf16(from[packedOffset(row, k, inputTiles_)]);
}

int64_t TileProduct::activationBytes(int64_t rows) const { return ceilDiv(rows, TILE_ROWS) * inputTiles_ * TILE_BYTES; }

int64_t TileProduct::scratchBytes(const uint8_t*, int64_t rows, Store) {
  int64_t block = std::min(rows, BLOCK_ROWS);
  int64_t sumBytes = panels_ * ceilDiv(block, PANEL_OUTPUTS) * PANEL_OUTPUTS * PANEL_OUTPUTS * 4;
  return activationBytes(block) + (inputTiles_ > CHUNK_TILES ? sumBytes : 0);
}

void TileProduct::run(const uint8_t* packed, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) {
  const auto* from = static_cast<const uint16_t*>(x);
  for (int64_t first = 0; first < rows; first += BLOCK_ROWS) {
    runBlock(packed, from + first * inputs(), std::min(BLOCK_ROWS, rows - first), y + first * outputs(),
             store == Store::ADD, nullptr, scratch);
  }
}

void TileProduct::runGated(const uint8_t* packed, const void* x, int64_t rows, uint16_t* hidden, uint8_t* scratch) {
  const auto* from = static_cast<const uint16_t*>(x);
  for (int64_t first = 0; first < rows; first += BLOCK_ROWS) {
    runBlock(packed, from + first * inputs(), std::min(BLOCK_ROWS, rows - first), nullptr, false,
             hidden + first * (outputs() / 2), scratch);
  }
}

void TileProduct::runBlock(const uint8_t* packed, const uint16_t* x, int64_t rows, float* y, bool add,
                           uint16_t* hidden, uint8_t* scratch) const {
  bool small = rows * outputs() * inputs() < FEW_MULTIPLY_ADDS && packedBytes() < FEW_WEIGHT_BYTES;
  float* sums = inputTiles_ > CHUNK_TILES ? reinterpret_cast<float*>(scratch + activationBytes(rows)) : nullptr;
  int64_t rowTiles = ceilDiv(rows, TILE_ROWS);
#pragma omp parallel num_threads(small ? 1 : threads_)
  {
    int64_t thread = omp_get_thread_num();
    int64_t count = omp_get_num_threads();
    packActivations(x, rows, inputs(), rowTiles * thread / count, rowTiles * (thread + 1) / count, scratch);
#pragma omp barrier
    multiplyTiles({scratch, packed, rows, outputs(), inputTiles_, panels_ * thread / count,
                   panels_ * (thread + 1) / count, sums, y, add, hidden});
  }
}

}  // namespace swiftkv

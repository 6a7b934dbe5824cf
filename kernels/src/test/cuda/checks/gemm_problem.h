// One matrix product with random operands, for checks of the gemm_* kernels: operands in the layouts of layout.cuh with
// every byte poisoned that a kernel must not use, and the sums in float64.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <random>
#include <vector>

#include "arguments.cuh"
#include "layout.cuh"

namespace checks {

// A bf16 matrix in tiles.
class Tiled {
 public:
  Tiled(int rows, int columns, uint16_t fill)
      : across_(tilesAcross(columns)), tiles_(static_cast<size_t>((rows + TILE_ROWS - 1) / TILE_ROWS) * across_) {
    this->fill(fill);
  }

  void fill(uint16_t value) {
    for (Tile& tile : tiles_) std::fill(std::begin(tile.elements), std::end(tile.elements), value);
  }

  void* data() { return tiles_.data(); }

  uint16_t& at(int row, int column) {
    return *reinterpret_cast<uint16_t*>(reinterpret_cast<uint8_t*>(tiles_.data()) + tiledOffset(row, column, across_));
  }

 private:
  struct alignas(1024) Tile {
    uint16_t elements[TILE_BYTES / 2];
  };

  int across_;
  std::vector<Tile> tiles_;
};

constexpr uint16_t POISON_BF16 = 0x7fc1;

inline uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float poison() { return std::numeric_limits<float>::quiet_NaN(); }

inline int paddedTo(int count, int step) { return (count + step - 1) / step * step; }

struct GemmShape {
  int rows;
  int outputs;
  int inputs;
};

class GemmProblem {
 public:
  GemmProblem(GemmShape shape, bool withBias, unsigned seed)
      : shape(shape),
        natural(static_cast<size_t>(shape.rows) * shape.inputs),
        weight(static_cast<size_t>(shape.outputs) * shape.inputs),
        bias(withBias ? shape.outputs : 0),
        tiledActivations(shape.rows, shape.inputs, POISON_BF16),
        tiledWeights(shape.outputs, shape.inputs, 0) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    auto rounded = [&] { return fromBf16(toBf16(normal(random))); };
    for (float& value : natural) value = rounded();
    for (float& value : weight) value = rounded();
    for (float& value : bias) value = normal(random);
    fillTiles();
  }

  // The product of row `row` alone with the same weights.
  GemmProblem rowAlone(int row) const {
    GemmProblem alone = *this;
    alone.shape.rows = 1;
    alone.natural.assign(natural.begin() + static_cast<size_t>(row) * shape.inputs,
                         natural.begin() + static_cast<size_t>(row + 1) * shape.inputs);
    alone.tiledActivations = Tiled(1, shape.inputs, POISON_BF16);
    alone.fillTiles();
    return alone;
  }

  // Arguments of a bf16 kernel.
  GemmArguments tiledArguments(void* output) {
    GemmArguments arguments = {};
    arguments.activations = tiledActivations.data();
    arguments.weights = tiledWeights.data();
    arguments.bias = bias.empty() ? nullptr : bias.data();
    arguments.output = output;
    arguments.rows = shape.rows;
    arguments.outputs = shape.outputs;
    arguments.inputs = shape.inputs;
    return arguments;
  }

  // Arguments of an f32 kernel.
  GemmArguments plainArguments(void* output) {
    GemmArguments arguments = tiledArguments(output);
    arguments.activations = natural.data();
    arguments.weights = weight.data();
    return arguments;
  }

  // Sum and bias in float64; `magnitude` receives the sum of the absolute products.
  double sum(int row, int output, double* magnitude) const {
    double sum = bias.empty() ? 0 : bias[output];
    *magnitude = std::abs(sum);
    for (int k = 0; k < shape.inputs; k++) {
      double product = static_cast<double>(natural[static_cast<size_t>(row) * shape.inputs + k]) *
                       weight[static_cast<size_t>(output) * shape.inputs + k];
      sum += product;
      *magnitude += std::abs(product);
    }
    return sum;
  }

  GemmShape shape;
  std::vector<float> natural;  // activations, row-major
  std::vector<float> weight;   // row-major, not permuted
  std::vector<float> bias;
  Tiled tiledActivations;
  Tiled tiledWeights;

 private:
  void fillTiles() {
    int columns = paddedTo(shape.inputs, TILE_COLUMNS);
    for (int row = 0; row < shape.rows; row++) {
      for (int k = 0; k < columns; k++) {
        bool real = k < shape.inputs;
        tiledActivations.at(row, k) = real ? toBf16(natural[static_cast<size_t>(row) * shape.inputs + k]) : 0;
      }
    }
    for (int row = 0; row < shape.outputs; row++) {
      for (int k = 0; k < shape.inputs; k++) {
        tiledWeights.at(placeOfRow(row), k) = toBf16(weight[static_cast<size_t>(row) * shape.inputs + k]);
      }
    }
  }
};

// How far a sum of f32 may be from the exact one, given the sum of absolute products.
inline double sumBound(double magnitude) { return magnitude * 0x1p-22 + 1e-30; }

}  // namespace checks

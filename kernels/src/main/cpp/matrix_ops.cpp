#include "matrix_ops.h"

#include <algorithm>
#include <cstring>

#include "rows.h"
#include "tiles.h"

namespace swiftkv {
namespace {

// Values below which waking the other threads costs more than they save.
constexpr int64_t ENOUGH_FOR_THREADS = 1 << 16;

}  // namespace

void embed(const Gemm& gemm, const Weight& table, const BatchView& batch, float* x) {
  bool parallel = batch.tokenCount * table.inputs >= ENOUGH_FOR_THREADS;
#pragma omp parallel for schedule(static) num_threads(gemm.threads()) if (parallel)
  for (int64_t token = 0; token < batch.tokenCount; token++) {
    gemm.readRow(table, batch.tokenIds[token], x + token * table.inputs);
  }
}

void rmsNorm(const Gemm& gemm, const float* x, const float* weight, float epsilon, int64_t rows, int64_t columns,
             DType dtype, void* out) {
  bool parallel = rows * columns >= ENOUGH_FOR_THREADS;
#pragma omp parallel for schedule(static) num_threads(gemm.threads()) if (parallel)
  for (int64_t row = 0; row < rows; row++) {
    void* to = const_cast<uint8_t*>(rowAt(out, row, columns, dtype));
    rmsNormRow(x + row * columns, weight, epsilon, columns, dtype, to);
  }
}

void gatherRows(const float* x, const BatchView& batch, int64_t columns, float* out) {
  for (int64_t row = 0; row < batch.logitCount; row++) {
    std::memcpy(out + row * columns, x + batch.logitRows[row] * columns, columns * sizeof(float));
  }
}

int64_t project(Gemm& gemm, const Weight& weight, const float* bias, const void* x, int64_t rows, float* y,
                Store store, Scratch scratch) {
  int64_t needed = gemm.scratchBytes(weight, rows, store);
  if (needed > scratch.bytes) return needed;
  gemm.run(weight, x, rows, y, store, scratch.address);
  if (bias != nullptr) {
    bool parallel = rows * weight.outputs >= ENOUGH_FOR_THREADS;
#pragma omp parallel for schedule(static) num_threads(gemm.threads()) if (parallel)
    for (int64_t row = 0; row < rows; row++) addRow(bias, weight.outputs, y + row * weight.outputs);
  }
  return 0;
}

namespace {

// hidden = silu(gate) * up of `count` rows, by way of F32 sums unless the product does it on its own.
void activate(Gemm& gemm, const Weight& gateUp, const void* normed, int64_t count, DType dtype, float* both,
              uint8_t* hidden, uint8_t* scratch) {
  if (gateUp.product->fusesGate()) {
    gemm.runGated(gateUp, normed, count, reinterpret_cast<uint16_t*>(hidden), scratch);
    return;
  }
  gemm.run(gateUp, normed, count, both, Store::SET, scratch);
  int64_t columns = gateUp.outputs / 2;
  bool parallel = count * columns >= ENOUGH_FOR_THREADS;
#pragma omp parallel for schedule(static) num_threads(gemm.threads()) if (parallel)
  for (int64_t row = 0; row < count; row++) {
    void* to = const_cast<uint8_t*>(rowAt(hidden, row, columns, dtype));
    activateRow(both + row * gateUp.outputs, columns, dtype, to);
  }
}

}  // namespace

int64_t gatedFfn(Gemm& gemm, const Weight& gateUp, const Weight& down, const void* normed, int64_t rows, float* x,
                 Scratch scratch) {
  bool fused = gateUp.product->fusesGate();
  int64_t tile = fused ? MOST_TILE_ROWS : tileRows(gateUp.outputs);
  int64_t most = std::min(rows, tile);
  int64_t bothBytes = fused ? 0 : aligned(most * gateUp.outputs * 4);
  int64_t hiddenBytes = aligned(most * down.inputs * (down.dtype == DType::F32 ? 4 : 2));
  int64_t needed = bothBytes + hiddenBytes + std::max(tiledBytes(gemm, gateUp, rows, tile, Store::SET),
                                                      tiledBytes(gemm, down, rows, tile, Store::ADD));
  if (needed > scratch.bytes) return needed;
  auto* both = reinterpret_cast<float*>(scratch.address);
  uint8_t* hidden = scratch.address + bothBytes;
  uint8_t* rest = hidden + hiddenBytes;
  for (int64_t first = 0; first < rows; first += tile) {
    int64_t count = std::min(tile, rows - first);
    activate(gemm, gateUp, rowAt(normed, first, gateUp.inputs, gateUp.dtype), count, down.dtype, both, hidden, rest);
    gemm.run(down, hidden, count, x + first * down.outputs, Store::ADD, rest);
  }
  return 0;
}

}  // namespace swiftkv

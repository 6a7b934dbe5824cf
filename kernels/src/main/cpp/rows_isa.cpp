// Plain loops that the compiler vectorises for each instruction set. The number of lanes fixes the order of a sum, so
// the sum of squares is the same for every row on one machine.
#include <cstdint>

#include "activation.h"
#include "bf16.h"
#include "views.h"

namespace swiftkv {
namespace SWIFTKV_ISA {
namespace {

constexpr int LANES = 32;

double sumOfSquares(const float* x, int64_t columns) {
  double lanes[LANES] = {};
  int64_t i = 0;
  for (; i + LANES <= columns; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      double value = x[i + lane];
      lanes[lane] += value * value;
    }
  }
  for (int lane = 0; i < columns; i++, lane++) {
    double value = x[i];
    lanes[lane] += value * value;
  }
  double sum = 0;
  for (double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

void rmsNormRow(const float* x, const float* weight, float epsilon, int64_t columns, DType dtype, void* out) {
  double mean = sumOfSquares(x, columns) / static_cast<double>(columns);
  float scale = static_cast<float>(1.0 / __builtin_sqrt(mean + static_cast<double>(epsilon)));
  if (dtype == DType::F32) {
    auto* to = static_cast<float*>(out);
    for (int64_t i = 0; i < columns; i++) to[i] = x[i] * scale * weight[i];
  } else {
    auto* to = static_cast<uint16_t*>(out);
    for (int64_t i = 0; i < columns; i++) to[i] = toBf16(x[i] * scale * weight[i]);
  }
}

void activateRow(const float* gateUp, int64_t columns, DType dtype, void* out) {
  if (dtype == DType::F32) {
    auto* to = static_cast<float*>(out);
    for (int64_t i = 0; i < columns; i++) to[i] = gated(gateUp, i);
  } else {
    auto* to = static_cast<uint16_t*>(out);
    for (int64_t i = 0; i < columns; i++) to[i] = toBf16(gated(gateUp, i));
  }
}

void addRow(const float* row, int64_t columns, float* y) {
  for (int64_t i = 0; i < columns; i++) y[i] += row[i];
}

}  // namespace SWIFTKV_ISA
}  // namespace swiftkv

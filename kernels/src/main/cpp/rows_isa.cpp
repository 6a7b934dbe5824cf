// Plain loops that the compiler vectorises for each instruction set. The number of lanes fixes the order of a sum, so
// the sum of squares is the same for every row on one machine.
#include <cstdint>
#include <cstring>

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

float fromBits(int32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// e^x within 2 units in the last place; 0 below the smallest normal result, infinity above the largest, NaN for NaN.
// x = n ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor polynomial, 2^n in two factors because one may overflow.
inline float exponential(float x) {
  constexpr float LOG2_E = 1.44269504f;
  constexpr float LN2_HIGH = 0.693359375f;
  constexpr float LN2_LOW = -2.12194440e-4f;
  constexpr float ROUND = 12582912.0f;  // 1.5 * 2^23: adding it leaves an integer in the low bits
  float clamped = x > 130.0f ? 130.0f : x;
  clamped = clamped < -130.0f ? -130.0f : clamped;
  float shifted = clamped * LOG2_E + ROUND;
  int32_t n;
  std::memcpy(&n, &shifted, sizeof n);
  n -= 0x4B400000;
  float whole = shifted - ROUND;
  float r = __builtin_fmaf(-whole, LN2_HIGH, clamped);
  r = __builtin_fmaf(-whole, LN2_LOW, r);
  float p = 1.0f / 5040;
  p = __builtin_fmaf(p, r, 1.0f / 720);
  p = __builtin_fmaf(p, r, 1.0f / 120);
  p = __builtin_fmaf(p, r, 1.0f / 24);
  p = __builtin_fmaf(p, r, 1.0f / 6);
  p = __builtin_fmaf(p, r, 0.5f);
  p = __builtin_fmaf(p, r, 1.0f);
  p = __builtin_fmaf(p, r, 1.0f);
  int32_t half = n >> 1;
  return p * fromBits((half + 127) << 23) * fromBits((n - half + 127) << 23);
}

inline float gated(const float* gateUp, int64_t i) {
  float gate = gateUp[2 * i];
  return gate / (1.0f + exponential(-gate)) * gateUp[2 * i + 1];
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

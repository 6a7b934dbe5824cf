// SiLU as every instruction set computes it: plain code that the compiler vectorises. Internal linkage, since each
// source that includes this is compiled for another instruction set.
#pragma once

#include <cstdint>
#include <cstring>

namespace swiftkv {
namespace {

inline float fromBits(int32_t bits) {
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

// silu(gate) * up of pair i.
inline float gated(const float* gateUp, int64_t i) {
  float gate = gateUp[2 * i];
  return gate / (1.0f + exponential(-gate)) * gateUp[2 * i + 1];
}
}  // namespace
}  // namespace swiftkv

// Arithmetic that CUDA offers and C++ spells otherwise, and the conversions of portable.cuh.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

template <typename To, typename From>
To bitsAs(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

inline float __uint_as_float(uint32_t bits) { return bitsAs<float>(bits); }
inline uint32_t __float_as_uint(float value) { return bitsAs<uint32_t>(value); }
inline float __int_as_float(int32_t bits) { return bitsAs<float>(bits); }
inline int32_t __float_as_int(float value) { return bitsAs<int32_t>(value); }
inline long long __double_as_longlong(double value) { return bitsAs<long long>(value); }
inline double __longlong_as_double(long long bits) { return bitsAs<double>(bits); }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __expf(float a) { return std::exp(a); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline float rsqrtf(float a) { return 1.0f / std::sqrt(a); }
inline int __popc(uint32_t bits) { return __builtin_popcount(bits); }
inline int __clz(int bits) { return bits == 0 ? 32 : __builtin_clz(static_cast<unsigned>(bits)); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }

template <typename T>
T __ldg(const T* address) {
  return *address;
}

using std::max;
using std::min;

// As a device: subnormal results are zero. Its error of two units in the last place is not imitated.
inline float exp2Fast(float value) {
  float result = std::exp2(value);
  return std::fpclassify(result) == FP_SUBNORMAL ? 0.0f : result;
}

inline float fromBf16(uint16_t value) { return __uint_as_float(static_cast<uint32_t>(value) << 16); }

inline uint16_t toBf16(float value) {
  uint32_t bits = __float_as_uint(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return 0x7FFF;
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

inline uint32_t packBf16(float low, float high) { return toBf16(low) | static_cast<uint32_t>(toBf16(high)) << 16; }

inline float lowBf16(uint32_t pair) { return __uint_as_float(pair << 16); }

inline float highBf16(uint32_t pair) { return __uint_as_float(pair & 0xFFFF0000u); }

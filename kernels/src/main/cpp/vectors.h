// The widest float vector of the instruction set that a file is compiled for.
//
// Only for files that define SWIFTKV_ISA (see build.sh). Everything is in a namespace of its own per file: a function
// compiled for AVX-512 must never be the copy that the linker keeps for a processor without it.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <limits>

namespace swiftkv::SWIFTKV_ISA {
namespace {

#ifdef __AVX512F__
using Vec = __m512;
constexpr int64_t LANES = 16;

inline Vec zero() { return _mm512_setzero_ps(); }
inline Vec all(float value) { return _mm512_set1_ps(value); }
inline Vec load(const float* from) { return _mm512_loadu_ps(from); }
inline void store(float* to, Vec value) { _mm512_storeu_ps(to, value); }
inline Vec multiplyAdd(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
inline Vec multiplySubtract(Vec a, Vec b, Vec c) { return _mm512_fmsub_ps(a, b, c); }
// Where a is NaN, b.
inline Vec larger(Vec a, Vec b) { return _mm512_max_ps(a, b); }
inline float largest(Vec value) { return _mm512_reduce_max_ps(value); }
inline float sum(Vec value) { return _mm512_reduce_add_ps(value); }

// The first `count` lanes of a vector, -infinity in the others.
inline Vec firstLanes(Vec value, int64_t count) {
  __mmask16 kept = static_cast<__mmask16>(count >= LANES ? 0xFFFF : (1u << (count < 0 ? 0 : count)) - 1);
  return _mm512_mask_mov_ps(all(-std::numeric_limits<float>::infinity()), kept, value);
}

// value * 2^exponent for a whole exponent, with gradual underflow.
inline Vec scaleByPower(Vec value, Vec exponent) { return _mm512_scalef_ps(value, exponent); }
inline Vec nearest(Vec value) { return _mm512_roundscale_ps(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
constexpr float LOWEST_EXPONENT = -200;  // 2^-200 is 0
#else
using Vec = __m256;
constexpr int64_t LANES = 8;

inline Vec zero() { return _mm256_setzero_ps(); }
inline Vec all(float value) { return _mm256_set1_ps(value); }
inline Vec load(const float* from) { return _mm256_loadu_ps(from); }
inline void store(float* to, Vec value) { _mm256_storeu_ps(to, value); }
inline Vec multiplyAdd(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
inline Vec multiplySubtract(Vec a, Vec b, Vec c) { return _mm256_fmsub_ps(a, b, c); }
// Where a is NaN, b.
inline Vec larger(Vec a, Vec b) { return _mm256_max_ps(a, b); }

inline float largest(Vec value) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

inline float sum(Vec value) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// The first `count` lanes of a vector, -infinity in the others.
inline Vec firstLanes(Vec value, int64_t count) {
  __m256i limit = _mm256_set1_epi32(static_cast<int32_t>(count));
  __m256i kept = _mm256_cmpgt_epi32(limit, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  return _mm256_blendv_ps(all(-std::numeric_limits<float>::infinity()), value, _mm256_castsi256_ps(kept));
}

// value * 2^exponent for a whole exponent of -127 (which gives 0) or more.
inline Vec scaleByPower(Vec value, Vec exponent) {
  __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(exponent), _mm256_set1_epi32(127));
  return _mm256_mul_ps(value, _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23)));
}
inline Vec nearest(Vec value) { return _mm256_round_ps(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
constexpr float LOWEST_EXPONENT = -127;  // scaleByPower gives 0
#endif

// 2^x for x up to 127, within 2e-7 of its size; 0 from where it underflows, -infinity included; NaN for NaN.
//
// x is split into a whole part and f in [-0.5, 0.5]; 2^f = 1 + f q(f) with q fitted to the least largest relative
// error (Lawson's iteration), which keeps 2^0 = 1 exact.
inline Vec powerOfTwo(Vec x) {
  x = larger(all(LOWEST_EXPONENT), x);
  Vec whole = nearest(x);
  Vec f = x - whole;
  Vec q = multiplyAdd(all(0x1.5bba14p-10f), f, all(0x1.3cea88p-7f));
  q = multiplyAdd(q, f, all(0x1.c6b752p-5f));
  q = multiplyAdd(q, f, all(0x1.ebf9bcp-3f));
  q = multiplyAdd(q, f, all(0x1.62e42ap-1f));
  return scaleByPower(multiplyAdd(q, f, all(1.0f)), whole);
}

}  // namespace
}  // namespace swiftkv::SWIFTKV_ISA

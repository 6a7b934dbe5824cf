// Noise as a pure function of a seed and a counter: the mixer of SplitMix64 (Steele, Lea and Flood), as SamplingBatch
// describes it.
#pragma once

#include <cstdint>
#include <cstring>

#include "portable.cuh"

DEVICE uint32_t floatBits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

DEVICE float floatOfBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

DEVICE uint64_t mixedBits(uint64_t seed, uint64_t counter) {
  uint64_t bits = seed + 0x9E3779B97F4A7C15u * (counter + 1);
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
  return bits ^ bits >> 31;
}

// Uniform in [0, 1).
DEVICE double uniformNoise(int64_t seed, int32_t counter) {
  return static_cast<double>(mixedBits(static_cast<uint64_t>(seed), static_cast<uint64_t>(counter)) >> 11) * 0x1p-53;
}

// Products of warps and warpgroups. Both sum 16 products in ascending order and then add them to what was there, so the
// two families give the same bits under emulation, which says nothing about hardware.
#pragma once

#include <cstdint>

#include "block.h"

namespace emulator {

// The operands of multiply16x8x16 in one lane.
struct Fragments {
  float* c;
  const uint32_t* a;
  uint32_t b0;
  uint32_t b1;
};

void loadMatrices(Warp& warp, bool transposed);
void multiplyFragments(Warp& warp);

// `registers` are the first operand's, or null where `a` describes it; the second operand is then transposed.
void addWarpgroupProduct(float* sums, uint64_t a, const uint32_t* registers, uint64_t b, int columns, bool accumulate);

// Closes a group of products. Once all threads have, some are done at once, others only when they are waited for.
void commitWarpgroupProducts();

// Does this warpgroup's products of all groups but the latest `keep`, when all of its threads have come.
void finishWarpgroupProducts(int keep);

void checkRegisters(int registers);

}  // namespace emulator

inline void loadMatrixX4(uint32_t (&r)[4], const void* row) {
  emulator::collect("ldmatrix", ~0u, {row, r}, [](emulator::Warp& warp) { emulator::loadMatrices(warp, false); });
}

inline void loadMatrixX4(uint32_t (&r)[4], uint32_t row) { loadMatrixX4(r, emulator::sharedAt(row, 16)); }

inline void loadMatrixX4Transposed(uint32_t (&r)[4], uint32_t row) {
  emulator::collect("ldmatrix.trans", ~0u, {emulator::sharedAt(row, 16), r},
                    [](emulator::Warp& warp) { emulator::loadMatrices(warp, true); });
}

inline void multiply16x8x16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  emulator::Fragments fragments{c, a, b0, b1};
  emulator::collect("mma", ~0u, {&fragments, nullptr}, emulator::multiplyFragments);
}

inline uint64_t tileDescriptor(uint32_t shared) { return (shared & 0x3FFFF) >> 4 | uint64_t{1} << 62; }

inline void warpgroupFence() {}

inline void warpgroupCommit() { emulator::commitWarpgroupProducts(); }

template <int N>
void warpgroupWait() {
  emulator::finishWarpgroupProducts(N);
}

template <int N>
void multiplyWarpgroup(float (&d)[N / 2], uint64_t a, uint64_t b, bool accumulate) {
  static_assert(N == 32 || N == 64 || N == 128 || N == 256);
  emulator::addWarpgroupProduct(d, a, nullptr, b, N, accumulate);
}

inline uint64_t transposedDescriptor(uint32_t shared, uint32_t leadingBytes) {
  return (shared & 0x3FFFF) >> 4 | uint64_t{(leadingBytes & 0x3FFFF) >> 4} << 16 | uint64_t{1024 >> 4} << 32 |
         uint64_t{1} << 62;
}

template <int N>
void multiplyWarpgroupTransposed(float (&d)[N / 2], const uint32_t (&a)[4], uint64_t b, bool accumulate) {
  static_assert(N == 64 || N == 128);
  emulator::addWarpgroupProduct(d, 0, a, b, N, accumulate);
}

inline void computeBeforeWait(float value) {
  if (value < 0) emulator::fail("%g is negative", static_cast<double>(value));
}

template <int R>
void releaseRegisters() {
  emulator::checkRegisters(R);
}

template <int R>
void claimRegisters() {
  emulator::checkRegisters(R);
}

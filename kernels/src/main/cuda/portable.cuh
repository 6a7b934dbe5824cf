// Every PTX instruction that the kernels use, one small function each, so that the same source runs on a GPU and, block
// by block, under the emulator of src/test/cuda. These are the bodies for a GPU; the emulator has the others.
//
// Addresses in shared memory are 32-bit numbers (sharedAddress) where an instruction wants them so.
#pragma once

#include <cstdint>

#ifndef __CUDACC__
#include "portable_host.h"
#else

#define HOST_DEVICE __host__ __device__ __forceinline__
#define DEVICE __device__ __forceinline__
#define SHARED __shared__

// A kernel of `threads` threads a block: KERNEL(128, name, Arguments) { ... arguments.rows ... }
#define KERNEL(threads, name, Arguments) \
  extern "C" __global__ void __launch_bounds__(threads) name(const __grid_constant__ Arguments arguments)

// The same, and `blocks` blocks fit on a multiprocessor.
#define KERNEL_BLOCKS(threads, blocks, name, Arguments) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(const __grid_constant__ Arguments arguments)

// The dynamic shared memory of the launch, aligned as swizzled tiles need it.
#define DYNAMIC_SHARED(type, name) extern __shared__ __align__(1024) type name[]

// The same value, but the compiler does not know: what follows from it is computed again and not kept in registers.
DEVICE int recomputed(int value) {
  asm volatile("" : "+r"(value));
  return value;
}

DEVICE uint32_t sharedAddress(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

// ---- bf16: the upper half of an f32, rounded to the nearest even; NaN stays NaN. A pair is one register, `low` in the
// lower half.

DEVICE uint16_t toBf16(float value) {
  uint16_t result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result) : "f"(value));
  return result;
}

DEVICE float fromBf16(uint16_t value) { return __uint_as_float(static_cast<uint32_t>(value) << 16); }

DEVICE uint32_t packBf16(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

DEVICE float lowBf16(uint32_t pair) { return __uint_as_float(pair << 16); }

DEVICE float highBf16(uint32_t pair) { return __uint_as_float(pair & 0xFFFF0000u); }

// 2^value, to about two units in the last place; subnormal results are zero.
DEVICE float exp2Fast(float value) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(value));
  return result;
}

// ---- Copies of 16 bytes by a thread, in the background. Where not `valid`, nothing is read and zeros are written.

DEVICE void copyAsync16(void* shared, const void* global, bool valid) {
  int bytes = valid ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(shared)), "l"(global), "r"(bytes));
}

// Closes a group of copies of this thread.
DEVICE void copyAsyncCommit() { asm volatile("cp.async.commit_group;"); }

// Waits until all but the latest N groups of this thread are there; a barrier makes them visible to others.
template <int N>
DEVICE void copyAsyncWait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// ---- Products of one warp (sm_80).

// Four 8 x 8 matrices of bf16: lane l gives the address of row l % 8 of matrix l / 8 and receives of each matrix row
// l / 4, columns 2 (l % 4) and the next.
DEVICE void loadMatrixX4(uint32_t (&r)[4], uint32_t row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row));
}

DEVICE void loadMatrixX4(uint32_t (&r)[4], const void* row) { loadMatrixX4(r, sharedAddress(row)); }

// The same, each matrix transposed.
DEVICE void loadMatrixX4Transposed(uint32_t (&r)[4], uint32_t row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row));
}

// c[16, 8] += a[16, 16] b[16, 8]; fragments as PTX ISA describes them for mma.m16n8k16.
DEVICE void multiply16x8x16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

#include "portable_sm90.cuh"

#endif

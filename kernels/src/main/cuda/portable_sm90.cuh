// The instructions of sm_90 and sm_90a: barriers in shared memory, bulk copies, products of a warpgroup (four warps).
// Included by portable.cuh alone.
#pragma once

// ---- Barriers: 64 bits in shared memory that count arrivals and bytes. A phase ends when both have come; waiting
// names the parity of the phase, 0 for the first.

DEVICE void barrierInit(uint32_t barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}

// Makes initialised barriers visible to copies; a __syncthreads must follow.
DEVICE void barrierInitFence() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

// Arrives, and makes the phase wait for `bytes` more bytes of copies.
DEVICE void barrierExpect(uint32_t barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

DEVICE void barrierArrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

DEVICE void barrierWait(uint32_t barrier, int parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "waiting: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra waiting;\n"
      "}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

// ---- Bulk copies: `bytes` contiguous bytes (a multiple of 16, both ends aligned to 16), by the copy engine.

// From global to shared memory; the barrier counts the bytes as they land.
DEVICE void copyBulk(uint32_t shared, const void* global, int bytes, uint32_t barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared),
      "l"(global), "r"(bytes), "r"(barrier)
      : "memory");
}

// From global memory to the second-level cache, for a read that is to come.
DEVICE void prefetchBulk(const void* global, int bytes) {
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(global), "r"(bytes) : "memory");
}

// Orders writes to shared memory by threads before what copies and warpgroup products do with it.
DEVICE void fenceProxyAsync() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// ---- Products of a warpgroup.

// Describes a tile at a multiple of 1,024 bytes: rows of 128 bytes, 128-byte swizzle, 1,024 bytes from 8 rows to the
// next 8. The next 16 columns are 32 bytes further on.
DEVICE uint64_t tileDescriptor(uint32_t shared) {
  constexpr uint64_t LEADING_BYTES = 1;  // not used under this swizzle
  constexpr uint64_t STRIDE_BYTES = 1024 >> 4;
  constexpr uint64_t SWIZZLE_128 = 1;
  return (shared & 0x3FFFF) >> 4 | LEADING_BYTES << 16 | STRIDE_BYTES << 32 | SWIZZLE_128 << 62;
}

// Describes a tile whose rows are the 16 inputs of a product instead of its outputs, as values are in the pages of a
// cache: MN-major in the words of the PTX ISA. A row, at a multiple of 128 bytes, holds 64 outputs under the 128-byte
// swizzle; 8 rows, 1,024 bytes, are the pattern that repeats. STRIDE leads from 8 rows to the next 8, LEADING from 64
// outputs to the next 64. The next 16 rows are 2,048 bytes further on.
DEVICE uint64_t transposedDescriptor(uint32_t shared, uint32_t leadingBytes) {
  constexpr uint64_t STRIDE_BYTES = 1024 >> 4;
  constexpr uint64_t SWIZZLE_128 = 1;
  uint64_t leading = (leadingBytes & 0x3FFFF) >> 4;
  return (shared & 0x3FFFF) >> 4 | leading << 16 | STRIDE_BYTES << 32 | SWIZZLE_128 << 62;
}

// Orders accesses to registers and shared memory before the warpgroup products that follow.
DEVICE void warpgroupFence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

// Closes a group of products.
DEVICE void warpgroupCommit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// Waits until all but the latest N groups are done.
template <int N>
DEVICE void warpgroupWait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}

// Computes `value`, which is never negative, before a wait for products that follows. ptxas likes to wait first, and so
// to leave the processor idle meanwhile; only an instruction with an effect that depends on the value holds it back.
DEVICE void computeBeforeWait(float value) {
  asm volatile(
      "{\n"
      ".reg .pred negative;\n"
      "setp.lt.f32 negative, %0, 0f00000000;\n"
      "@negative nanosleep.u32 1;\n"
      "}" ::"f"(value)
      : "memory");
}

// Lowers the registers of each of the warpgroup's threads to R.
template <int R>
DEVICE void releaseRegisters() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(R));
}

// Raises them to R, once others have released enough.
template <int R>
DEVICE void claimRegisters() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(R));
}

// Waits for `threads` threads of the block at barrier `id`, 1 to 15.
DEVICE void namedBarrier(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

// Counts `threads` threads at the barrier as namedBarrier does, without waiting.
DEVICE void namedBarrierArrive(int id, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

#define SUMS_8(i) \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#define SUMS_16(i) SUMS_8(i), SUMS_8(i + 8)
#define SUMS_32(i) SUMS_16(i), SUMS_16(i + 16)
#define SUMS_64(i) SUMS_32(i), SUMS_32(i + 32)
#define SUMS_128(i) SUMS_64(i), SUMS_64(i + 64)

#define REGISTERS_16 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define REGISTERS_32 \
  REGISTERS_16 \
  ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define REGISTERS_64 \
  REGISTERS_32 \
  ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47" \
  ", %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define REGISTERS_128 \
  REGISTERS_64 \
  ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79" \
  ", %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95" \
  ", %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111" \
  ", %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"

// Sums are in registers 0 to `sums` - 1; the three numbers after them are the descriptors and the flag.
#define WARPGROUP_PRODUCT(columns, sums, first, second, third)                                         \
  asm volatile(                                                                                        \
      "{\n.reg .pred add;\nsetp.ne.b32 add, %" #third ", 0;\n"                                         \
      "wgmma.mma_async.sync.aligned.m64n" #columns "k16.f32.bf16.bf16 {" REGISTERS_##sums "}, %" #first \
      ", %" #second ", add, 1, 1, 0, 0;\n}"                                                            \
      : SUMS_##sums(0)                                                                                 \
      : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)))

// d[64, N] = a[64, 16] b[N, 16]^T, added to d if `accumulate`; a and b described by tileDescriptor. Thread t of the
// warpgroup holds d[4 j + 2 i + e] = sum [16 (t / 32) + 8 i + t % 32 / 4, 8 j + 2 (t % 4) + e].
template <int N>
DEVICE void multiplyWarpgroup(float (&d)[N / 2], uint64_t a, uint64_t b, bool accumulate) {
  static_assert(N == 32 || N == 64 || N == 128 || N == 256);
  if constexpr (N == 32) WARPGROUP_PRODUCT(32, 16, 16, 17, 18);
  if constexpr (N == 64) WARPGROUP_PRODUCT(64, 32, 32, 33, 34);
  if constexpr (N == 128) WARPGROUP_PRODUCT(128, 64, 64, 65, 66);
  if constexpr (N == 256) WARPGROUP_PRODUCT(256, 128, 128, 129, 130);
}

// Sums, then the four registers of the first operand, a descriptor and the flag.
#define WARPGROUP_PRODUCT_OF_REGISTERS(columns, sums, a0, a1, a2, a3, second, third)                              \
  asm volatile(                                                                                                  \
      "{\n.reg .pred add;\nsetp.ne.b32 add, %" #third ", 0;\n"                                                   \
      "wgmma.mma_async.sync.aligned.m64n" #columns "k16.f32.bf16.bf16 {" REGISTERS_##sums "}, {%" #a0 ", %" #a1   \
      ", %" #a2 ", %" #a3 "}, %" #second ", add, 1, 1, 1;\n}"                                                    \
      : SUMS_##sums(0)                                                                                           \
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(accumulate)))

// d[64, N] = a[64, 16] b[16, N], added to d if `accumulate`; b described by transposedDescriptor, a in registers, which
// must stay as they are until the product was waited for. Thread t of the warpgroup brings in the lower and the upper
// half of a[i + 2 h]: a [16 (t / 32) + 8 i + t % 32 / 4, 8 h + 2 (t % 4)] and the next; so the sums that a thread has
// of columns 16 k to 16 k + 15 of multiplyWarpgroup, in their order, are its part of a.
template <int N>
DEVICE void multiplyWarpgroupTransposed(float (&d)[N / 2], const uint32_t (&a)[4], uint64_t b, bool accumulate) {
  static_assert(N == 64 || N == 128);
  if constexpr (N == 64) WARPGROUP_PRODUCT_OF_REGISTERS(64, 32, 32, 33, 34, 35, 36, 37);
  if constexpr (N == 128) WARPGROUP_PRODUCT_OF_REGISTERS(128, 64, 64, 65, 66, 67, 68, 69);
}

#undef WARPGROUP_PRODUCT
#undef WARPGROUP_PRODUCT_OF_REGISTERS
#undef REGISTERS_16
#undef REGISTERS_32
#undef REGISTERS_64
#undef REGISTERS_128
#undef SUMS_8
#undef SUMS_16
#undef SUMS_32
#undef SUMS_64
#undef SUMS_128

// The emulator's reading of the PTX ISA where attention relies on it: a product of a warpgroup whose first operand is
// in registers and whose second is MN-major in shared memory, and a barrier at which some only arrive. Layouts are
// written out here as the ISA has them ("Matrix Fragments for wgmma.mma_async.m64nNk16", "Canonical Layouts").
#include <cmath>
#include <random>
#include <vector>

#include "gemm_problem.h"
#include "launch.h"

namespace checks {
namespace {

constexpr int THREADS = 256;
constexpr int ROWS = 64;
constexpr int DEPTH = 16;

struct OperandsArguments {
  const uint8_t* shared;  // what shared memory holds
  int32_t bytes;
  int32_t offset;  // of the second operand
  int32_t leadingBytes;
  int32_t columns;  // 64 or 128
  const uint32_t* registers;  // [thread][4]
  float* sums;                // [thread][columns / 2]
  int32_t accumulate;
};

template <int N>
void multiply(const OperandsArguments& arguments, const uint8_t* shared) {
  float sums[N / 2];
  uint32_t registers[4];
  for (int i = 0; i < N / 2; i++) sums[i] = static_cast<float>(i);
  for (int i = 0; i < 4; i++) registers[i] = arguments.registers[4 * threadIdx.x + i];
  uint64_t descriptor = transposedDescriptor(sharedAddress(shared) + arguments.offset, arguments.leadingBytes);
  warpgroupFence();
  multiplyWarpgroupTransposed<N>(sums, registers, descriptor, arguments.accumulate != 0);
  warpgroupCommit();
  warpgroupWait<0>();
  for (int i = 0; i < N / 2; i++) arguments.sums[threadIdx.x * (N / 2) + i] = sums[i];
}

// The second warpgroup fills shared memory and goes on without waiting; the first waits for it.
KERNEL(THREADS, wgmma_operands, OperandsArguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  if (threadIdx.x >= 128) {
    for (int i = threadIdx.x - 128; i < arguments.bytes; i += 128) shared[i] = arguments.shared[i];
    fenceProxyAsync();
    namedBarrierArrive(3, THREADS);
    return;
  }
  namedBarrier(3, THREADS);
  if (arguments.columns == 64) {
    multiply<64>(arguments, shared);
  } else {
    multiply<128>(arguments, shared);
  }
}

// Swizzle<3, 4, 3> o ((8, 8, m), (8, k)) : ((1, 8, LBO), (64, SBO)) in elements of 16 bits: bits 4 to 6 of an address
// are combined with bits 7 to 9. SBO is 1,024 bytes.
size_t addressOf(int n, int k, size_t start, size_t leadingBytes) {
  size_t address = start + n % 64 * 2 + n / 64 * leadingBytes + k % 8 * 128 + k / 8 * 1024;
  return address ^ ((address >> 7 & 7) << 4);
}

void check(int columns, int offset, int leadingBytes, bool accumulate, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  auto matrix = [&](int count) {
    std::vector<uint16_t> values(count);
    for (uint16_t& value : values) value = toBf16(normal(random));
    return values;
  };
  std::vector<uint16_t> a = matrix(ROWS * DEPTH);
  std::vector<uint16_t> b = matrix(DEPTH * columns);
  std::vector<uint16_t> shared((offset + leadingBytes * (columns / 64) + 4096) / 2, POISON_BF16);
  for (int k = 0; k < DEPTH; k++) {
    for (int n = 0; n < columns; n++) shared[addressOf(n, k, offset, leadingBytes) / 2] = b[k * columns + n];
  }
  std::vector<uint32_t> registers(128 * 4);
  for (int thread = 0; thread < 128; thread++) {
    for (int i = 0; i < 8; i++) {  // a0 to a7
      int row = thread / 32 * 16 + thread % 32 / 4 + (i / 2 % 2 == 0 ? 0 : 8);
      int column = thread % 4 * 2 + i % 2 + (i < 4 ? 0 : 8);
      registers[4 * thread + i / 2] |= static_cast<uint32_t>(a[row * DEPTH + column]) << (i % 2 * 16);
    }
  }
  std::vector<float> sums(128 * columns / 2, poison());
  int bytes = static_cast<int>(shared.size() * 2);
  OperandsArguments arguments = {reinterpret_cast<uint8_t*>(shared.data()),
                                 bytes,
                                 offset,
                                 leadingBytes,
                                 columns,
                                 registers.data(),
                                 sums.data(),
                                 accumulate ? 1 : 0};
  launch("wgmma_operands", 1, THREADS, bytes, arguments, seed);
  for (int thread = 0; thread < 128; thread++) {
    for (int i = 0; i < columns / 2; i++) {
      int row = thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
      int n = i / 4 * 8 + thread % 4 * 2 + i % 2;
      double expected = accumulate ? i : 0;
      double magnitude = std::abs(expected);
      for (int k = 0; k < DEPTH; k++) {
        double product = static_cast<double>(fromBf16(a[row * DEPTH + k])) * fromBf16(b[k * columns + n]);
        expected += product;
        magnitude += std::abs(product);
      }
      float actual = sums[thread * (columns / 2) + i];
      require(std::abs(actual - expected) <= sumBound(magnitude),
              "%d columns at %d, %d apart: [%d, %d] is %g instead of %g", columns, offset, leadingBytes, row, n, actual,
              expected);
    }
  }
}

}  // namespace
}  // namespace checks

int main() {
  using checks::check;
  check(64, 0, 16384, false, 1);
  check(64, 6144, 1024, true, 2);
  check(128, 0, 16384, true, 3);
  check(128, 2048, 16384, false, 4);  // the next 16 rows of a slab
  check(128, 14336, 16384, true, 5);
  check(128, 2048, 4096, false, 6);
  return 0;
}

#include "products.h"

#include <cstring>

#include "arithmetic.h"

namespace emulator {
namespace {

constexpr int DEPTH = 16;
constexpr int WARPGROUP_ROWS = 64;
constexpr int MOST_COLUMNS = 256;
constexpr uint32_t SWIZZLED_ROW_BYTES = 128;
constexpr uint32_t EIGHT_ROWS_BYTES = 1024;

// sums[rows][columns] = a[rows][DEPTH] b[DEPTH][columns], each sum in ascending order. Compiled for several instruction
// sets; none may contract multiplications, though for bf16 operands that would change nothing.
template <int ROWS>
__attribute__((always_inline)) inline void multiply(const float (*a)[DEPTH], const float* b, int columns,
                                                    float* sums) {
  for (int r = 0; r < ROWS; r++) {
    float* row = sums + r * columns;
    for (int n = 0; n < columns; n++) row[n] = 0;
    for (int k = 0; k < DEPTH; k++) {
      float factor = a[r][k];
      const float* from = b + k * columns;
      for (int n = 0; n < columns; n++) row[n] += factor * from[n];
    }
  }
}

__attribute__((target_clones("avx512f", "avx2", "default"))) void multiplySmall(const float (*a)[DEPTH],
                                                                                const float* b, float* sums) {
  multiply<16>(a, b, 8, sums);
}

__attribute__((target_clones("avx512f", "avx2", "default"))) void multiplyWide(const float (*a)[DEPTH], const float* b,
                                                                               int columns, float* sums) {
  multiply<WARPGROUP_ROWS>(a, b, columns, sums);
}

// The offset of a byte whose address before swizzling is `address`.
uint32_t swizzled(uint32_t address) { return address ^ (address >> 7 & 7) << 4; }

// Reads 16 columns of `rows` rows of a swizzled tile, from the address in a descriptor on.
void readSwizzled(uint64_t descriptor, int rows, float* to, int rowStride, int columnStride) {
  auto base = static_cast<uint32_t>(descriptor & 0x3FFF) << 4;
  for (int r = 0; r < rows; r++) {
    uint32_t row = base + static_cast<uint32_t>(r) / 8 * EIGHT_ROWS_BYTES + static_cast<uint32_t>(r) % 8 * SWIZZLED_ROW_BYTES;
    for (uint32_t chunk = 0; chunk < 2; chunk++) {
      uint32_t address = row + chunk * 16;
      const auto* values = reinterpret_cast<const uint16_t*>(sharedAt(swizzled(address), 16));
      for (int i = 0; i < 8; i++) {
        to[r * rowStride + (static_cast<int>(chunk) * 8 + i) * columnStride] = fromBf16(values[i]);
      }
    }
  }
}

// Reads DEPTH rows of `columns` columns of a transposed tile, with the strides in its descriptor.
void readTransposed(uint64_t descriptor, int columns, float* to) {
  auto base = static_cast<uint32_t>(descriptor & 0x3FFF) << 4;
  uint32_t leading = static_cast<uint32_t>(descriptor >> 16 & 0x3FFF) << 4;
  uint32_t stride = static_cast<uint32_t>(descriptor >> 32 & 0x3FFF) << 4;
  for (uint32_t k = 0; k < DEPTH; k++) {
    uint32_t row = base + k / 8 * stride + k % 8 * SWIZZLED_ROW_BYTES;
    for (uint32_t n = 0; n < static_cast<uint32_t>(columns); n += 8) {
      const char* chunk = sharedAt(swizzled(row + n / 64 * leading + n % 64 * 2), 16);
      const auto* values = reinterpret_cast<const uint16_t*>(chunk);
      for (uint32_t i = 0; i < 8; i++) to[k * static_cast<uint32_t>(columns) + n + i] = fromBf16(values[i]);
    }
  }
}

// Gathers the first operand from the registers of the warpgroup's threads, which hold it until now.
void readRegisters(int first, float (*to)[DEPTH]) {
  for (int t = 0; t < WARPGROUP_THREADS; t++) {
    const uint32_t* registers = block->fibers[static_cast<size_t>(first + t)].products.front().registers;
    if (registers == nullptr) fail("threads %d and %d of a warpgroup ask for different products", first, first + t);
    for (int i = 0; i < 4; i++) {
      float* pair = to[t / 32 * 16 + (i & 1) * 8 + t % 32 / 4] + (i >> 1) * 8 + t % 4 * 2;
      pair[0] = lowBf16(registers[i]);
      pair[1] = highBf16(registers[i]);
    }
  }
}

void runWarpgroupProduct(int first) {
  alignas(64) static thread_local float a[WARPGROUP_ROWS][DEPTH];
  alignas(64) static thread_local float b[DEPTH * MOST_COLUMNS];
  alignas(64) static thread_local float sums[WARPGROUP_ROWS * MOST_COLUMNS];
  PendingProduct product = block->fibers[static_cast<size_t>(first)].products.front();
  if (product.registers != nullptr) {
    readRegisters(first, a);
    readTransposed(product.b, product.columns, b);
  } else {
    readSwizzled(product.a, WARPGROUP_ROWS, a[0], DEPTH, 1);
    readSwizzled(product.b, product.columns, b, 1, product.columns);
  }
  multiplyWide(a, b, product.columns, sums);
  for (int t = 0; t < WARPGROUP_THREADS; t++) {
    auto& products = block->fibers[static_cast<size_t>(first + t)].products;
    PendingProduct own = products.front();
    products.erase(products.begin());
    if (own.a != product.a || own.b != product.b || own.columns != product.columns ||
        own.accumulate != product.accumulate || (own.registers == nullptr) != (product.registers == nullptr)) {
      fail("threads %d and %d of a warpgroup ask for different products", first, first + t);
    }
    int row = t / 32 * 16 + t % 32 / 4;
    for (int j = 0; j < product.columns / 8; j++) {
      for (int q = 0; q < 4; q++) {
        float sum = sums[(row + (q >> 1) * 8) * product.columns + 8 * j + t % 4 * 2 + (q & 1)];
        float& to = own.sums[4 * j + q];
        to = own.accumulate ? to + sum : sum;
      }
    }
  }
}

// Does the products of all groups before `end`.
void runWarpgroupProducts(int first, int end) {
  const Fiber& leader = block->fibers[static_cast<size_t>(first)];
  while (!leader.products.empty() && leader.products.front().group < end) runWarpgroupProduct(first);
}

}  // namespace

void loadMatrices(Warp& warp, bool transposed) {
  for (int matrix = 0; matrix < 4; matrix++) {
    uint16_t elements[8][8];
    for (int r = 0; r < 8; r++) {
      const void* row = warp.lanes[matrix * 8 + r].in;
      if (reinterpret_cast<uintptr_t>(row) % 16 != 0) fail("ldmatrix of a row at %p, which is no multiple of 16", row);
      sharedOffset(row);
      std::memcpy(elements[r], row, sizeof elements[r]);
    }
    for (int lane = 0; lane < WARP_THREADS; lane++) {
      int r = lane / 4;
      int c = lane % 4 * 2;
      uint32_t low = transposed ? elements[c][r] : elements[r][c];
      uint32_t high = transposed ? elements[c + 1][r] : elements[r][c + 1];
      static_cast<uint32_t*>(warp.lanes[lane].out)[matrix] = low | high << 16;
    }
  }
}

void multiplyFragments(Warp& warp) {
  alignas(64) float a[16][DEPTH];
  alignas(64) float b[DEPTH * 8];
  alignas(64) float sums[16 * 8];
  for (int lane = 0; lane < WARP_THREADS; lane++) {
    const auto& own = *static_cast<const Fragments*>(warp.lanes[lane].in);
    int group = lane / 4;
    int t = lane % 4;
    for (int i = 0; i < 4; i++) {
      int row = group + (i & 1) * 8;
      int k = 2 * t + (i >> 1) * 8;
      a[row][k] = lowBf16(own.a[i]);
      a[row][k + 1] = highBf16(own.a[i]);
    }
    for (int i = 0; i < 2; i++) {
      uint32_t pair = i == 0 ? own.b0 : own.b1;
      int k = 2 * t + i * 8;
      b[k * 8 + group] = lowBf16(pair);
      b[(k + 1) * 8 + group] = highBf16(pair);
    }
  }
  multiplySmall(a, b, sums);
  for (int lane = 0; lane < WARP_THREADS; lane++) {
    const auto& own = *static_cast<const Fragments*>(warp.lanes[lane].in);
    for (int i = 0; i < 4; i++) own.c[i] += sums[(lane / 4 + (i >> 1) * 8) * 8 + lane % 4 * 2 + (i & 1)];
  }
}

void addWarpgroupProduct(float* sums, uint64_t a, const uint32_t* registers, uint64_t b, int columns, bool accumulate) {
  fiber->products.push_back({sums, a, registers, b, columns, accumulate, fiber->productGroup});
}

void commitWarpgroupProducts() {
  fiber->productGroup++;
  int first = fiber->thread / WARPGROUP_THREADS * WARPGROUP_THREADS;
  for (int t = first; t < first + WARPGROUP_THREADS; t++) {
    if (block->fibers[static_cast<size_t>(t)].productGroup != fiber->productGroup) return;
  }
  if (block->shuffled && block->random() % 2 == 0) runWarpgroupProducts(first, fiber->productGroup);
}

void finishWarpgroupProducts(int keep) {
  Warpgroup& group = *fiber->warpgroup;
  if (++group.arrived < WARPGROUP_THREADS) {
    waitWhile(&group.generation, ~0u, group.generation, "wgmma.wait_group");
    return;
  }
  group.arrived = 0;
  int first = fiber->thread / WARPGROUP_THREADS * WARPGROUP_THREADS;
  runWarpgroupProducts(first, fiber->productGroup - keep);
  group.generation++;
  block->events++;
}

void checkRegisters(int registers) {
  if (registers % 8 != 0 || registers < 24 || registers > 256) {
    fail("setmaxnreg to %d: a multiple of 8 from 24 to 256 is needed", registers);
  }
}

}  // namespace emulator

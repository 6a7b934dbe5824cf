// Matrix products with weights that were packed once. All of oneDNN is behind this one class, and the kernel of our
// own that takes over for few rows, where it gives the same bits.
//
//   SET   y = x W^T        x [rows, inputs] of the weight's type, y F32 [rows, outputs]
//   ADD   y = y + x W^T    the product is summed first, in F32
//
// Batch invariance. oneDNN chooses a kernel by the number of rows, and some choices change the order of a sum: a
// single row takes a dot-product path, and narrow outputs on many cores are split along K. So
//
//   - rows run in blocks of a few fixed sizes, the last one padded in scratch memory; never one row alone;
//   - before a block size is used for a shape, its result is compared bitwise with that of the reference size, every
//     row of it; a size that differs is never used for that shape.
//
// Then row t of y depends on row t of x alone. One thread at a time, but weights may be made and packed by several.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <memory>
#include <mutex>
#include <vector>

#include "views.h"

namespace swiftkv {

enum class Store { SET = 0, ADD = 1 };

struct GemmBlock;
struct GemmShape;

// A packed weight [outputs, inputs]. The memory at `packed` belongs to the caller.
struct Weight {
  DType dtype;
  int64_t outputs;
  int64_t inputs;
  uint8_t* packed;
  GemmShape* shape;
};

class Gemm {
 public:
  explicit Gemm(int threads);
  ~Gemm();
  Gemm(const Gemm&) = delete;
  Gemm& operator=(const Gemm&) = delete;

  // Whether products of this type can run on this CPU.
  bool supports(DType dtype);

  // A weight without memory yet: give it packedBytes() zeroed bytes, aligned to 64, then pack its rows.
  Weight weight(DType dtype, int64_t outputs, int64_t inputs);

  int64_t packedBytes(const Weight& weight) const;

  // Packs F32 rows [first, first + count), rounding to the weight's type. `first` is a multiple of 64.
  void pack(const Weight& weight, int64_t first, int64_t count, const float* rows) const;

  // Widens one row, as it was packed.
  void readRow(const Weight& weight, int64_t row, float* into) const;

  // Scratch memory that run() needs.
  int64_t scratchBytes(const Weight& weight, int64_t rows, Store store);

  // Threads: those of the calling thread's OpenMP team, as many as the constructor was told.
  void run(const Weight& weight, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch);

  // Never uses a block size for a shape again, as if it had differed. For tests.
  static void reject(const Weight& weight, int64_t rows);

  int threads() const { return threads_; }

  // Time spent in products since the constructor.
  int64_t nanos() const { return nanos_; }

 private:
  GemmBlock& next(const Weight& weight, int64_t rows, Store store);
  std::unique_ptr<GemmBlock> create(const Weight& weight, int64_t rows, Store store);
  bool agrees(const Weight& weight, GemmBlock& candidate, Store store);
  int64_t scratchBytes(const Weight& weight, const GemmBlock& block, int64_t rows) const;
  void execute(const Weight& weight, GemmBlock& block, const void* x, float* y, Store store, uint8_t* scratchpad);
  void executePadded(const Weight& weight, GemmBlock& block, const void* x, int64_t rows, float* y, Store store,
                     uint8_t* scratch);

  int threads_;
  int64_t nanos_ = 0;
  dnnl_engine_t engine_ = nullptr;
  dnnl_stream_t stream_ = nullptr;
  std::mutex shapesMutex_;
  std::vector<std::unique_ptr<GemmShape>> shapes_;
};

}  // namespace swiftkv

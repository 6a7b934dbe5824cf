// Matrix products with weights that were packed once. Which code multiplies is decided here, per type and CPU: our own
// product on AMX tiles (tile_product.h) for BF16 where the CPU has them, oneDNN (onednn_product.h) otherwise.
//
// One thread at a time, but weights may be made and packed by several.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <memory>
#include <mutex>
#include <vector>

#include "product.h"

namespace swiftkv {

// A packed weight [outputs, inputs]. The memory at `packed` belongs to the caller.
struct Weight {
  DType dtype;
  int64_t outputs;
  int64_t inputs;
  uint8_t* packed;
  Product* product;
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

  static int64_t packedBytes(const Weight& weight) { return weight.product->packedBytes(); }

  // See Product::pack.
  static void pack(const Weight& weight, int64_t first, int64_t count, const float* rows) {
    weight.product->pack(weight.packed, first, count, rows);
  }

  // See Product::readRow.
  static void readRow(const Weight& weight, int64_t row, float* into) {
    weight.product->readRow(weight.packed, row, into);
  }

  // Scratch memory that run() and runGated() need.
  static int64_t scratchBytes(const Weight& weight, int64_t rows, Store store) {
    return weight.product->scratchBytes(weight.packed, rows, store);
  }

  // Threads: those of the calling thread's OpenMP team, as many as the constructor was told.
  void run(const Weight& weight, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch);

  // See Product::runGated.
  void runGated(const Weight& weight, const void* x, int64_t rows, uint16_t* hidden, uint8_t* scratch);

  int threads() const { return threads_; }

  // Time spent in products since the constructor.
  int64_t nanos() const { return nanos_; }

 private:
  std::unique_ptr<Product> create(DType dtype, int64_t outputs, int64_t inputs);

  int threads_;
  int64_t nanos_ = 0;
  dnnl_engine_t engine_ = nullptr;
  dnnl_stream_t stream_ = nullptr;
  std::mutex productsMutex_;
  std::vector<std::unique_ptr<Product>> products_;
};

}  // namespace swiftkv

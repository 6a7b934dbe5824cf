// Products by oneDNN, and by the kernel of our own that takes over for few rows, where it gives the same bits.
//
// Batch invariance. oneDNN chooses a kernel by the number of rows, and some choices change the order of a sum: a
// single row takes a dot-product path, and narrow outputs on many cores are split along K. So
//
//   - rows run in blocks of a few fixed sizes, the last one padded in scratch memory; never one row alone;
//   - before a block size is used for a shape, its result is compared bitwise with that of the reference size, every
//     row of it; a size that differs is never used for that shape.
//
// Then row t of y depends on row t of x alone.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <memory>
#include <vector>

#include "onednn.h"
#include "product.h"

namespace swiftkv {

struct OneDnnBlock;

class OneDnnProduct final : public Product {
 public:
  // Engine and stream belong to the caller and outlive the product.
  OneDnnProduct(dnnl_engine_t engine, dnnl_stream_t stream, int threads, DType dtype, int64_t outputs,
                int64_t inputs);
  ~OneDnnProduct() override;

  int64_t packedBytes() const override;
  void pack(uint8_t* packed, int64_t first, int64_t count, const float* rows) const override;
  void readRow(const uint8_t* packed, int64_t row, float* into) const override;
  int64_t scratchBytes(const uint8_t* packed, int64_t rows, Store store) override;
  void run(const uint8_t* packed, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) override;
  void reject(int64_t rows) override;

 private:
  static constexpr int BLOCKS = 12;

  int64_t panelElements() const;
  OneDnnBlock& next(const uint8_t* packed, int64_t rows, Store store);
  std::unique_ptr<OneDnnBlock> create(int64_t rows, Store store);
  bool agrees(const uint8_t* packed, OneDnnBlock& candidate, Store store);
  int64_t scratchBytes(const OneDnnBlock& block, int64_t rows) const;
  void execute(const uint8_t* packed, OneDnnBlock& block, const void* x, float* y, Store store, uint8_t* scratchpad);
  void executePadded(const uint8_t* packed, OneDnnBlock& block, const void* x, int64_t rows, float* y, Store store,
                     uint8_t* scratch);

  dnnl_engine_t engine_;
  dnnl_stream_t stream_;
  int threads_;
  MemoryDescriptor layout_;
  std::vector<int64_t> inputOffsets_;   // element offset of each input feature
  std::vector<int64_t> outputOffsets_;  // element offset of each output feature
  std::unique_ptr<OneDnnBlock> blocks_[2][BLOCKS];
  bool rejected_[2][BLOCKS] = {};
  int64_t panelElements_ = 0;  // of the layout that multiplyFewRows reads; 0 if it is another
  bool fewRowsRejected_[2] = {};
};

}  // namespace swiftkv

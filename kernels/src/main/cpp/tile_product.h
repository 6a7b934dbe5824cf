// BF16 products on AMX tiles. Every output is one sum over the inputs in order, 32 at a time, whatever the number of
// rows, so batch invariance holds by construction.
#pragma once

#include "product.h"

namespace swiftkv {

class TileProduct final : public Product {
 public:
  TileProduct(int64_t outputs, int64_t inputs, int threads);

  int64_t packedBytes() const override;
  void pack(uint8_t* packed, int64_t first, int64_t count, const float* rows) const override;
  void readRow(const uint8_t* packed, int64_t row, float* into) const override;
  int64_t scratchBytes(const uint8_t* packed, int64_t rows, Store store) override;
  void run(const uint8_t* packed, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) override;
  bool fusesGate() const override { return true; }
  void runGated(const uint8_t* packed, const void* x, int64_t rows, uint16_t* hidden, uint8_t* scratch) override;

 private:
  int64_t activationBytes(int64_t rows) const;
  void runBlock(const uint8_t* packed, const uint16_t* x, int64_t rows, float* y, bool add, uint16_t* hidden,
                uint8_t* scratch) const;

  int threads_;
  int64_t inputTiles_;
  int64_t panels_;
};

}  // namespace swiftkv

// Products with weights of one type and size: how they are packed and multiplied.
//
//   SET   y = x W^T        x [rows, inputs] of the weight's type, y F32 [rows, outputs]
//   ADD   y = y + x W^T    the product is summed first, in F32
//
// Batch invariance: row t of a result depends bitwise on row t of x alone, never on how many rows there are.
#pragma once

#include <memory>

#include "views.h"

namespace swiftkv {

enum class Store { SET = 0, ADD = 1 };

class Product {
 public:
  Product(DType dtype, int64_t outputs, int64_t inputs) : dtype_(dtype), outputs_(outputs), inputs_(inputs) {}
  virtual ~Product() = default;
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  DType dtype() const { return dtype_; }
  int64_t outputs() const { return outputs_; }
  int64_t inputs() const { return inputs_; }

  virtual int64_t packedBytes() const = 0;

  // Packs F32 rows [first, first + count), rounding to the weight's type. `first` is a multiple of 64, `packed` was
  // zeroed when it was allocated.
  virtual void pack(uint8_t* packed, int64_t first, int64_t count, const float* rows) const = 0;

  // Widens one row, as it was packed.
  virtual void readRow(const uint8_t* packed, int64_t row, float* into) const = 0;

  // Scratch memory that run() needs.
  virtual int64_t scratchBytes(const uint8_t* packed, int64_t rows, Store store) = 0;

  virtual void run(const uint8_t* packed, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) = 0;

  // Whether runGated() is there.
  virtual bool fusesGate() const { return false; }

  // hidden[:, i] = silu(p[:, 2 i]) * p[:, 2 i + 1] with p = x W^T, formed in F32 and rounded once to BF16;
  // hidden [rows, outputs / 2]. Needs the scratch memory of run() with Store::SET.
  virtual void runGated(const uint8_t* packed, const void* x, int64_t rows, uint16_t* hidden, uint8_t* scratch);

  // Never uses blocks of so many rows again, as if they had been found to break batch invariance. For tests.
  virtual void reject(int64_t rows) { static_cast<void>(rows); }

 private:
  DType dtype_;
  int64_t outputs_;
  int64_t inputs_;
};

}  // namespace swiftkv

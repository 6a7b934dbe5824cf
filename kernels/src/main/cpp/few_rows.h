// A product of a few rows, for decoding: it streams the weights from memory about twice as fast as oneDNN does.
#pragma once

#include "views.h"

namespace swiftkv {

// BF16 weights in panels of 64 outputs, [panels, inputs / 2, 64, 2], a panel `panelElements` long; `inputs` is even.
struct Bf16Panels {
  const uint16_t* weight;
  int64_t outputs;
  int64_t inputs;
  int64_t panelElements;
};

// y = x W^T, or y += x W^T. rows: 2, 4 or 8. Sums run over 1024 inputs at a time, or 512 where there are fewer, and
// those sums are added in order: that is what oneDNN 3.11 does on this instruction set, and Gemm finds out whether it
// holds. Needs AVX-512 with BF16.
void multiplyFewRows(const Bf16Panels& panels, const uint16_t* x, int64_t rows, float* y, bool add, int threads);

}  // namespace swiftkv

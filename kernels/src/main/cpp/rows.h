// Operations on one row at a time, in the instruction set of this CPU. A row's result depends on that row alone.
#pragma once

#include "views.h"

namespace swiftkv {

// out = x * rsqrt(mean(x^2) + epsilon) * weight, `columns` values; the sum of squares is F64.
// Reference: ScalarOps.rmsNorm.
void rmsNormRow(const float* x, const float* weight, float epsilon, int64_t columns, DType dtype, void* out);

// out[i] = silu(gateUp[2i]) * gateUp[2i + 1], rounded once; `columns` results. Reference: ScalarOps.gatedFfn.
void activateRow(const float* gateUp, int64_t columns, DType dtype, void* out);

// y += row.
void addRow(const float* row, int64_t columns, float* y);


}  // namespace swiftkv

// From the F32 result of a projection to queries and cache pages.
//
// Reference: ScalarOps.qkv, ScalarOps.queries, ScalarOps.laterKv (everything behind the matrix product).
//
//   q' [i]       = q[i] * cos[i] - q[i + h] * sin[i]        h = headSize / 2, i < h
//   q' [i + h]   = q[i + h] * cos[i] + q[i] * sin[i]
//
// All functions take rows [firstToken, firstToken + tokenCount) of the step, so that a caller can project a few rows
// at a time; `projected` points at row firstToken and column 0 of what the function reads, rows are `rowStride` floats
// apart, the bias (null for none) has as many columns. Columns can be split too: give ropeLaterKv the caches, columns
// and bias of a slice.
#pragma once

#include "views.h"

namespace swiftkv {

struct ProjectedRows {
  const float* projected;  // [tokenCount, rowStride]
  int64_t rowStride;
  const float* bias;  // [columns read] or null
  int64_t firstToken;
  int64_t tokenCount;
};

// Columns: query heads, key heads, value heads. `queries` is row 0 of the step, [tokens, heads * headSize] of `compute`.
void ropeQkv(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch,
             const KvPages& cache, DType compute, void* queries);

// Columns: query heads.
void ropeQueries(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch,
                 DType compute, void* queries);

// Columns: for each cache, key heads then value heads.
void ropeLaterKv(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch,
                 const KvPages* caches, int64_t cacheCount);

}  // namespace swiftkv

// The operations around matrix products, in tiles of rows so that what lies between two products stays in cache.
//
// Those that need scratch memory return how much when they were given less and have then done nothing; otherwise they
// return 0.
#pragma once

#include "gemm.h"
#include "rope.h"
#include "views.h"

namespace swiftkv {

struct Scratch {
  uint8_t* address;  // aligned to 64
  int64_t bytes;
};

// x[t, :] = table[tokenIds[t], :]; x F32. Token ids were checked.
void embed(const Gemm& gemm, const Weight& table, const BatchView& batch, float* x);

void rmsNorm(const Gemm& gemm, const float* x, const float* weight, float epsilon, int64_t rows, int64_t columns,
             DType dtype, void* out);

// out[i, :] = x[logitRows[i], :]. Rows were checked.
void gatherRows(const float* x, const BatchView& batch, int64_t columns, float* out);

// y = x W^T + b, or with Store::ADD added to y. The bias may be null.
int64_t project(Gemm& gemm, const Weight& weight, const float* bias, const void* x, int64_t rows, float* y,
                Store store, Scratch scratch);

// x += down(silu(gate(n)) * up(n)).
int64_t gatedFfn(Gemm& gemm, const Weight& gateUp, const Weight& down, const void* normed, int64_t rows, float* x,
                 Scratch scratch);

// A projection whose result is rotated: what the functions of rope.h need.
struct RotatedProjection {
  const Weight& weight;
  const float* bias;
  const void* normed;  // [tokens, inputs] of the weight's type
  const AttentionShape& shape;
  const RopeView& rope;
  const BatchView& batch;
};

int64_t qkv(Gemm& gemm, const RotatedProjection& projection, const KvPages& cache, void* queries, Scratch scratch);

int64_t queries(Gemm& gemm, const RotatedProjection& projection, void* queries, Scratch scratch);

int64_t laterKv(Gemm& gemm, const RotatedProjection& projection, const KvPages* caches, int64_t cacheCount,
                Scratch scratch);

}  // namespace swiftkv

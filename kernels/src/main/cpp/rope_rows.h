// One row of rope.h, once per instruction set. Private to rope.cpp and rope_isa.cpp.
#pragma once

#include "rope.h"

namespace swiftkv {

// Heads of more elements are refused: a row is rotated on the stack.
constexpr int64_t LONGEST_HEAD = 1024;

// ProjectedRows with what else a row needs.
struct RopeRows {
  const float* projected;
  int64_t rowStride;
  const float* bias;
  int64_t firstToken;
  const AttentionShape* shape;
  const RopeView* rope;
  const BatchView* batch;
};

#define SWIFTKV_ROPE_ROWS(ISA)                                                                  \
  namespace ISA {                                                                               \
  /* Rotates the query heads from column 0 on. */                                               \
  void writeQueries(const RopeRows& rows, DType compute, void* queries, int64_t row);           \
  /* Writes key heads from a column on, and the value heads behind them, to the row's slot. */  \
  void writeKv(const RopeRows& rows, int64_t firstColumn, const KvPages& cache, int64_t row);   \
  }

SWIFTKV_ROPE_ROWS(avx2)
SWIFTKV_ROPE_ROWS(avx512)
#undef SWIFTKV_ROPE_ROWS

}  // namespace swiftkv

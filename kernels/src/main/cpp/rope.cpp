#include "rope.h"

#include <omp.h>

#include <stdexcept>
#include <string>

#include "cpu_features.h"
#include "rope_rows.h"

namespace swiftkv {
namespace {

RopeRows rowsOf(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch) {
  if (shape.headSize > LONGEST_HEAD) {
    throw std::invalid_argument("Heads have at most " + std::to_string(LONGEST_HEAD) + " elements here, got " +
                                std::to_string(shape.headSize));
  }
  return {rows.projected, rows.rowStride, rows.bias, rows.firstToken, &shape, &rope, &batch};
}

// Runs body(row) for every row, on all threads unless the caller is one of several already. A thread takes 16 rows at
// a time, which mostly share the cache lines of one page.
template <typename Body>
void forEachRow(int64_t count, Body body) {
  constexpr int64_t ROWS = 16;
#pragma omp parallel for schedule(static) if (count > ROWS && !omp_in_parallel())
  for (int64_t from = 0; from < count; from += ROWS) {
    for (int64_t row = from; row < from + ROWS && row < count; row++) {
      body(row);
    }
  }
}

auto queryWriter() { return activeIsa() >= Isa::AVX512 ? avx512::writeQueries : avx2::writeQueries; }
auto kvWriter() { return activeIsa() >= Isa::AVX512 ? avx512::writeKv : avx2::writeKv; }

}  // namespace

void ropeQkv(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch,
             const KvPages& cache, DType compute, void* queries) {
  RopeRows all = rowsOf(rows, shape, rope, batch);
  auto writeQueries = queryWriter();
  auto writeKv = kvWriter();
  forEachRow(rows.tokenCount, [&](int64_t row) {
    writeQueries(all, compute, queries, row);
    writeKv(all, shape.queryColumns(), cache, row);
  });
}

void ropeQueries(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch,
                 DType compute, void* queries) {
  RopeRows all = rowsOf(rows, shape, rope, batch);
  auto writeQueries = queryWriter();
  forEachRow(rows.tokenCount, [&](int64_t row) { writeQueries(all, compute, queries, row); });
}

void ropeLaterKv(const ProjectedRows& rows, const AttentionShape& shape, const RopeView& rope, const BatchView& batch,
                 const KvPages* caches, int64_t cacheCount) {
  RopeRows all = rowsOf(rows, shape, rope, batch);
  auto writeKv = kvWriter();
  forEachRow(rows.tokenCount, [&](int64_t row) {
    for (int64_t i = 0; i < cacheCount; i++) {
      writeKv(all, 2 * i * shape.kvColumns(), caches[i], row);
    }
  });
}

}  // namespace swiftkv

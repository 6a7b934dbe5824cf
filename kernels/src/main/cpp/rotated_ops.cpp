// Projections whose results are rotated, and written to the cache where they are keys and values.
#include "matrix_ops.h"
#include "tiles.h"

namespace swiftkv {
namespace {

// Projects tile by tile into scratch and hands each tile on.
template <typename Next>
int64_t projectTiles(Gemm& gemm, const RotatedProjection& projection, Scratch scratch, Next next) {
  const Weight& weight = projection.weight;
  int64_t rows = projection.batch.tokenCount;
  int64_t tile = tileRows(weight.outputs);
  int64_t resultBytes = aligned(std::min(rows, tile) * weight.outputs * 4);
  int64_t needed = resultBytes + tiledBytes(gemm, weight, rows, tile, Store::SET);
  if (needed > scratch.bytes) return needed;
  auto* projected = reinterpret_cast<float*>(scratch.address);
  for (int64_t first = 0; first < rows; first += tile) {
    int64_t count = std::min(tile, rows - first);
    const void* from = rowAt(projection.normed, first, weight.inputs, weight.dtype);
    gemm.run(weight, from, count, projected, Store::SET, scratch.address + resultBytes);
    next(ProjectedRows{projected, weight.outputs, projection.bias, first, count});
  }
  return 0;
}

}  // namespace

int64_t qkv(Gemm& gemm, const RotatedProjection& projection, const KvPages& cache, void* queries, Scratch scratch) {
  return projectTiles(gemm, projection, scratch, [&](const ProjectedRows& rows) {
    ropeQkv(rows, projection.shape, projection.rope, projection.batch, cache, projection.weight.dtype, queries);
  });
}

int64_t queries(Gemm& gemm, const RotatedProjection& projection, void* queries, Scratch scratch) {
  return projectTiles(gemm, projection, scratch, [&](const ProjectedRows& rows) {
    ropeQueries(rows, projection.shape, projection.rope, projection.batch, projection.weight.dtype, queries);
  });
}

int64_t laterKv(Gemm& gemm, const RotatedProjection& projection, const KvPages* caches, int64_t cacheCount,
                Scratch scratch) {
  return projectTiles(gemm, projection, scratch, [&](const ProjectedRows& rows) {
    ropeLaterKv(rows, projection.shape, projection.rope, projection.batch, caches, cacheCount);
  });
}

}  // namespace swiftkv

#include "attention.h"

#include <omp.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "attention_call.h"
#include "cpu_features.h"
#include "kv_pages.h"

namespace swiftkv {
namespace {

// Rows of a tile: enough that reading keys and values costs little next to multiplying with them.
constexpr int64_t TILE_ROWS = 96;

// Memory of one thread, kept from call to call and grown on demand: a few hundred kilobytes.
class ThreadScratch {
 public:
  void* get(int64_t bytes) {
    if (bytes > bytes_) {
      memory_.reset(std::aligned_alloc(64, (bytes + 63) / 64 * 64));
      bytes_ = memory_ == nullptr ? 0 : bytes;
    }
    return memory_.get();
  }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  int64_t bytes_ = 0;
};

thread_local ThreadScratch threadScratch;

AttendTile tileFunction(DType compute, DType cache) {
  Isa isa = activeIsa();
  if (isa >= Isa::AVX512_BF16 && compute == DType::BF16 && cache == DType::BF16) {
    return avx512bf16::attendTile;
  }
  return isa >= Isa::AVX512 ? avx512::attendTile : avx2::attendTile;
}

int64_t tilesOf(const BatchView& batch, int64_t sequence, int64_t tileTokens) {
  return (batch.queryStarts[sequence + 1] - batch.queryStarts[sequence] + tileTokens - 1) / tileTokens;
}

}  // namespace

int64_t attentionScratchBytes(const KvPages& cache, int64_t rows) {
  constexpr int64_t BLOCK_ROWS = 6;
  int64_t padded = paddedHeadSize(cache.headSize);
  int64_t perRow = 2 * padded + 16;
  int64_t paddedRows = (rows + 15) / 16 * 16;
  return 4 * (rows * perRow + 3 * paddedRows + 2 * BLOCK_ROWS * KEY_STEP + 2 * KEY_STEP * padded);
}

void attend(const void* queries, DType compute, const AttentionShape& shape, const KvPages& cache,
            const BatchView& batch, void* out) {
  int64_t group = shape.groupSize();
  int64_t tileTokens = group < TILE_ROWS ? TILE_ROWS / group : 1;
  int64_t longest = 0;
  int64_t tiles = 0;
  for (int64_t s = 0; s < batch.sequenceCount; s++) {
    int64_t tokens = batch.queryStarts[s + 1] - batch.queryStarts[s];
    longest = tokens > longest ? tokens : longest;
    tiles += tilesOf(batch, s, tileTokens);
  }
  int64_t rows = (longest < tileTokens ? longest : tileTokens) * group;
  int64_t scratchBytes = attentionScratchBytes(cache, rows);
  AttentionCall call{queries, compute, &shape, &cache, &batch, out};
  AttendTile attendTile = tileFunction(compute, cache.dtype);
  bool failed = false;
  // Tiles run from the last to the first: within a prompt the last ones are the longest.
#pragma omp parallel for schedule(dynamic) if (!omp_in_parallel()) reduction(|| : failed)
  for (int64_t i = 0; i < tiles * shape.kvHeads; i++) {
    int64_t left = tiles - 1 - i / shape.kvHeads;
    int64_t sequence = 0;
    for (int64_t count = tilesOf(batch, 0, tileTokens); left >= count; count = tilesOf(batch, sequence, tileTokens)) {
      left -= count;
      sequence++;
    }
    int64_t from = batch.queryStarts[sequence] + left * tileTokens;
    int64_t end = from + tileTokens < batch.queryStarts[sequence + 1] ? from + tileTokens
                                                                       : batch.queryStarts[sequence + 1];
    void* scratch = threadScratch.get(scratchBytes);
    if (scratch == nullptr) {
      failed = true;
      continue;
    }
    attendTile(call, {sequence, i % shape.kvHeads, from, end}, scratch);
  }
  if (failed) {
    throw std::bad_alloc();
  }
}

}  // namespace swiftkv

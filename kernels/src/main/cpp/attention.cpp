#include "attention.h"

#include <omp.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "attention_call.h"
#include "cpu_features.h"
#include "kv_pages.h"

namespace swiftkv {
namespace {

// What computes a tile, and the rows of one: enough that reading keys and values costs little next to multiplying.
struct TileKernel {
  AttendTile attend;
  int64_t rows;
};

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

TileKernel tileKernel(DType compute, DType cache) {
  Isa isa = activeIsa();
  if (compute == DType::BF16 && cache == DType::BF16) {
    if (isa >= Isa::AMX_BF16) {
      return {amx::attendTile, 256};
    }
    if (isa >= Isa::AVX512_BF16) {
      return {avx512bf16::attendTile, 96};
    }
  }
  return {isa >= Isa::AVX512 ? avx512::attendTile : avx2::attendTile, 96};
}

// As many tokens as the kernel likes, unless the threads would then have too few tiles to share evenly.
int64_t tokensOfTile(const TileKernel& kernel, const AttentionShape& shape, int64_t tokenCount) {
  constexpr int64_t TILES_PER_THREAD = 4;
  int64_t tilesPerHead = (TILES_PER_THREAD * omp_get_max_threads() + shape.kvHeads - 1) / shape.kvHeads;
  int64_t rows = tokenCount * shape.groupSize() / tilesPerHead;
  rows = std::min(std::max(rows, MOST_BLOCK_ROWS), kernel.rows);
  return std::max<int64_t>(rows / shape.groupSize(), 1);
}

// The tiles of a step for key head 0, those that take longest first.
std::vector<AttentionTile> tilesOf(const BatchView& batch, int64_t tileTokens) {
  std::vector<AttentionTile> tiles;
  tiles.reserve(batch.sequenceCount + batch.tokenCount / tileTokens);
  for (int64_t s = 0; s < batch.sequenceCount; s++) {
    int64_t end = batch.queryStarts[s + 1];
    for (int64_t from = batch.queryStarts[s]; from < end; from += tileTokens) {
      tiles.push_back({s, 0, from, std::min(from + tileTokens, end)});
    }
  }
  auto work = [&](const AttentionTile& tile) {
    return (tile.end - tile.from) * static_cast<int64_t>(batch.positions[tile.end - 1] + 1);
  };
  std::sort(tiles.begin(), tiles.end(),
            [&](const AttentionTile& a, const AttentionTile& b) { return work(a) > work(b); });
  return tiles;
}

}  // namespace

int64_t attentionScratchBytes(const KvPages& cache, int64_t rows) {
  int64_t padded = paddedHeadSize(cache.headSize);
  int64_t perRow = 2 * padded + 16 + 3;
  return 4 * (readableRows(rows) * perRow + 2 * MOST_BLOCK_ROWS * KEY_STEP + 2 * KEY_STEP * padded);
}

void attend(const void* queries, DType compute, const AttentionShape& shape, const KvPages& cache,
            const BatchView& batch, void* out) {
  int64_t group = shape.groupSize();
  TileKernel kernel = tileKernel(compute, cache.dtype);
  std::vector<AttentionTile> tiles = tilesOf(batch, tokensOfTile(kernel, shape, batch.tokenCount));
  int64_t longest = 0;
  for (const AttentionTile& tile : tiles) {
    longest = std::max(longest, tile.end - tile.from);
  }
  int64_t scratchBytes = attentionScratchBytes(cache, longest * group);
  AttentionCall call{queries, compute, &shape, &cache, &batch, out};
  int64_t tasks = static_cast<int64_t>(tiles.size()) * shape.kvHeads;
  bool failed = false;
#pragma omp parallel for schedule(dynamic) if (!omp_in_parallel()) reduction(|| : failed)
  for (int64_t i = 0; i < tasks; i++) {
    void* scratch = threadScratch.get(scratchBytes);
    if (scratch == nullptr) {
      failed = true;
      continue;
    }
    AttentionTile tile = tiles[i / shape.kvHeads];
    tile.kvHead = i % shape.kvHeads;
    kernel.attend(call, tile, scratch);
  }
  if (failed) {
    throw std::bad_alloc();
  }
}

}  // namespace swiftkv

// What attention.cpp hands to the files that compute, once per instruction set.
#pragma once

#include "views.h"

namespace swiftkv {

// Positions that are scored before the softmax is brought up to date. Fixed from position 0 on, so that a row's
// arithmetic does not depend on how its prompt was cut.
constexpr int64_t KEY_STEP = 64;

// Rows that are multiplied together at most.
constexpr int64_t MOST_BLOCK_ROWS = 32;

// Rows of scratch memory: a block of rows may start at the last row and be read and written to its end.
constexpr int64_t readableRows(int64_t rows) { return (rows + MOST_BLOCK_ROWS + 15) / 16 * 16; }

struct AttentionCall {
  const void* queries;
  DType compute;
  const AttentionShape* shape;
  const KvPages* cache;
  const BatchView* batch;
  void* out;
};

// Tokens [from, end) of one sequence for the query heads that share one key head. A "row" is one query head of one
// token: row = (token - from) * groupSize + head in its group.
struct AttentionTile {
  int64_t sequence;
  int64_t kvHead;
  int64_t from;
  int64_t end;
};

// Bytes of scratch memory that a tile of so many rows needs.
int64_t attentionScratchBytes(const KvPages& cache, int64_t rows);

// Computes one tile. scratch is aligned to 64 bytes.
using AttendTile = void (*)(const AttentionCall& call, const AttentionTile& tile, void* scratch);

namespace avx2 {
void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch);
}
namespace avx512 {
void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch);
}
namespace avx512bf16 {
// For a BF16 cache and BF16 queries only.
void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch);
}

namespace amx {
// Likewise.
void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch);
}

}  // namespace swiftkv

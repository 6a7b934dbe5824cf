// Plain structs over host memory that the kernels take instead of Java objects.
//
// Every field is 8 bytes wide and in the order in which dev.swiftkv.kernels.cpu.NativeViews writes it into a long[],
// so that the JNI layer copies an array into a struct and nothing else.
#pragma once

#include <cstdint>

namespace swiftkv {

// Ordinals of dev.swiftkv.kernels.DType.
enum class DType : int64_t { F32 = 0, BF16 = 1, F16 = 2 };

// dev.swiftkv.kernels.RaggedBatch: the shape of one step.
struct BatchView {
  int64_t tokenCount;
  int64_t sequenceCount;
  int64_t logitCount;
  int64_t maxBlocksPerSequence;
  const int32_t* tokenIds;        // [tokens]
  const int32_t* positions;       // [tokens]
  const int32_t* slots;           // [tokens] block * blockTokens + offset
  const int32_t* sequences;       // [tokens]
  const int32_t* queryStarts;     // [sequences + 1]
  const int32_t* contextLengths;  // [sequences]
  const int32_t* blockTables;     // [sequences, maxBlocksPerSequence]
  const int32_t* logitRows;       // [logits]
};
static_assert(sizeof(BatchView) == 12 * 8, "NativeViews.batch writes 12 longs");

// dev.swiftkv.kernels.PagedKv: the pages of one layer, in the order that kv_pages.h defines.
struct KvPages {
  DType dtype;
  int64_t kvHeads;
  int64_t headSize;
  int64_t blockTokens;  // a multiple of 16
  int64_t blocks;
  uint8_t* keys;
  uint8_t* values;
};
static_assert(sizeof(KvPages) == 7 * 8, "NativeViews.pages writes 7 longs");

// dev.swiftkv.kernels.AttentionShape.
struct AttentionShape {
  int64_t heads;
  int64_t kvHeads;
  int64_t headSize;

  int64_t queryColumns() const { return heads * headSize; }
  int64_t kvColumns() const { return kvHeads * headSize; }
  int64_t groupSize() const { return heads / kvHeads; }
};

// dev.swiftkv.kernels.RopeTable.
struct RopeView {
  const float* cosine;  // [positions, headSize / 2]
  const float* sine;    // [positions, headSize / 2]
};

// dev.swiftkv.kernels.SamplingBatch.
struct SamplingView {
  int64_t rowCount;
  const float* temperatures;  // [rows] 0 for greedy
  const float* topPs;         // [rows]
  const float* minPs;         // [rows]
  const float* penalties;     // [rows]
  const int64_t* seeds;       // [rows]
  const int32_t* topKs;       // [rows] 0 for no limit
  const int32_t* counters;    // [rows]
  const int32_t* penalizedStarts;  // [rows + 1]
  const int32_t* penalizedTokens;
  const int32_t* allowedStarts;    // [rows] first word of the row's allowed tokens, -1 if all are
  const int32_t* firstAllowed;     // [rows] lowest allowed token
  const uint64_t* allowedWords;    // a bit for each token, the lowest in the lowest bit of the first word
};
static_assert(sizeof(SamplingView) == 13 * 8, "NativeViews.sampling writes 13 longs");

}  // namespace swiftkv

// The one argument of every kernel: a struct, laid out by C's rules, which the Java side fills field by field in this
// order. Pointers are device addresses. dev.swiftkv.kernels.cuda mirrors these structs; a test compares their sizes
// with those in the compiled kernels.
#pragma once

#include <cstdint>

// A staged step (RaggedBatch), in device memory. Arrays as RaggedBatch describes them.
struct BatchView {
  int32_t tokenCount;
  int32_t sequenceCount;
  int32_t logitCount;
  int32_t maxBlocksPerSequence;
  int32_t prefillTileCount;  // entries of prefillTiles
  int32_t decodeCount;       // entries of decodeSequences
  const int32_t* tokenIds;
  const int32_t* positions;
  const int32_t* slots;
  const int32_t* sequences;
  const int32_t* queryStarts;
  const int32_t* contextLengths;
  const int32_t* blockTables;
  const int32_t* logitRows;
  const int32_t* prefillTiles;     // pairs (sequence, first token of the tile on the flat axis), longest context first
  const int32_t* decodeSequences;  // sequences with exactly one token in the step
};

// x[t, :] = table[tokenIds[t], :]
struct EmbedArguments {
  const void* table;  // weight [vocabulary, columns]: tiled bf16, or f32
  const BatchView* batch;
  float* x;  // [tokens, columns]
  int32_t rows;
  int32_t columns;
};

// out[t, :] = x[t, :] * rsqrt(mean(x[t, :]^2) + epsilon) * weight
struct RmsNormArguments {
  const float* x;
  const float* weight;
  void* out;  // tiled bf16, or f32
  int32_t rows;
  int32_t columns;
  float epsilon;
};

// What a head of a projection's output is, and where it goes.
enum HeadKind : int32_t { HEAD_QUERY = 0, HEAD_KEY = 1, HEAD_VALUE = 2 };

struct HeadTarget {
  int32_t kind;
  int32_t head;  // among the query heads, or among the key-value heads of a cache
  void* pages;   // keys or values of the cache; null for queries
};

// Where the heads of a projection go: rotated queries to a tensor, rotated keys and plain values to pages.
struct HeadsArguments {
  const HeadTarget* targets;  // [outputs / headSize]
  const BatchView* batch;     // tokens at or past batch->tokenCount are left out
  const float* cosine;        // [positions, headSize / 2]
  const float* sine;
  void* queries;         // tiled bf16 or f32 [tokens, queryColumns]; null if no head is a query
  int32_t queryColumns;
  int32_t headSize;
  int32_t kvHeads;
  int32_t blockTokens;
};

// sums = activations weights^T, then one of the epilogues: store (output = sums + bias), add (output += sums + bias),
// swiglu (output[:, i] = silu(sums[:, 2 i]) * sums[:, 2 i + 1], tiled bf16), heads (see HeadsArguments).
struct GemmArguments {
  const void* activations;  // [rows, inputs]: tiled bf16, or f32
  const void* weights;      // [outputs, inputs]: tiled and permuted bf16, or f32
  const float* bias;        // [outputs] in natural order, or null
  void* output;             // f32 [rows, outputs]; for swiglu tiled bf16 [rows, outputs / 2]; for heads null
  int32_t rows;
  int32_t outputs;
  int32_t inputs;
  int32_t reserved;
  HeadsArguments heads;
};

// The heads epilogue as a kernel of its own, for f32 and for head sizes that no product's epilogue handles.
struct ScatterHeadsArguments {
  const float* sums;  // [rows, outputs], bias added
  int32_t rows;
  int32_t outputs;
  HeadsArguments heads;
};

// out[t, i] = silu(sums[t, 2 i]) * sums[t, 2 i + 1]
struct GatedActivationArguments {
  const float* sums;  // [rows, 2 * columns]
  void* out;          // f32 [rows, columns]
  int32_t rows;
  int32_t columns;
};

// Causal attention over pages, see Ops.attend.
struct AttendArguments {
  const void* queries;  // tiled bf16 or f32 [tokens, heads * headSize]
  void* out;            // the same
  const void* keys;
  const void* values;
  const BatchView* batch;
  float* partials;  // decode: [decodeCount][splits][heads][headSize + 2]: sums, maximum, weight sum
  int32_t heads;
  int32_t kvHeads;
  int32_t headSize;
  int32_t blockTokens;
  int32_t splits;    // decode: splits that the grid and `partials` have room for
  float scaleLog2;   // log2(e) / sqrt(headSize)
};

// out[i, :] = x[logitRows[i], :]
struct GatherRowsArguments {
  const float* x;
  const BatchView* batch;
  float* out;
  int32_t rows;
  int32_t columns;
};

// Options of one row of SamplingBatch, in device memory.
struct SamplingRow {
  float temperature;
  float topP;
  float minP;
  float repetitionPenalty;
  int64_t seed;
  int32_t topK;
  int32_t counter;
  int32_t firstPenalized;  // [firstPenalized, endPenalized) of the penalized tokens
  int32_t endPenalized;
  int32_t firstAllowedWord;  // of the row's allowed tokens; -1 if all are
  int32_t firstAllowed;      // lowest allowed token
};

// tokens[r] = the choice for row r, see SamplingBatch. `scratch` is for rows with a temperature.
struct SampleArguments {
  float* logits;  // [rows, vocabulary]
  const SamplingRow* samplingRows;
  const int32_t* penalizedTokens;
  const uint64_t* allowedWords;  // a bit for each token, the lowest in the lowest bit of the first word
  int32_t* tokens;
  void* scratch;  // SAMPLE_SCRATCH_BYTES_PER_TOKEN * vocabulary bytes a row
  int32_t rows;
  int32_t vocabulary;
};
constexpr int SAMPLE_SCRATCH_BYTES_PER_TOKEN = 24;

// Between f32 rows as the host has them and a device layout: tiled tensors, tiled and permuted weights.
struct ConvertArguments {
  const void* from;
  void* to;
  int32_t firstRow;  // of the matrix that `rows` rows are, a multiple of 64 for weights
  int32_t rows;
  int32_t columns;
};

// Fills a band of rows with seeded noise on the device, for benchmarks of models that nobody trained (NoiseBand).
struct FillRandomArguments {
  void* to;  // tiled bf16 weight
  int64_t seed;
  int32_t rows;  // of the band
  int32_t columns;
  float scale;  // values are uniform in [-scale, scale)
  int32_t firstRow;
  int32_t rowStep;
};

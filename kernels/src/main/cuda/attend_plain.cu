// out[t, h] = softmax(queries[t, h] keys^T / sqrt(headSize)) values over positions 0 .. positions[t] of t's sequence,
// read from pages through the block table; in f32 arithmetic, for f32 and for bf16 of head sizes that attend_mma.cu
// does not take. Any head size.
//
//   queries   tiled bf16 or f32 [tokens, heads * headSize]
//   out       the same; bf16 has zeros after the last column
//   keys      bf16 or f32 pages, see layout.cuh; what lies past a token's position is not read
//   values    the same
//
//   attend_plain_{bf16,f32}     every token of the step, prefilled or decoded
//     grid      rows * heads; rows at or past batch->tokenCount are left out
//     threads   ATTEND_PLAIN_THREADS = 128
//     shared    attendPlainSharedBytes = 8 headSize + 256
//
// A block has one query: its warps take turns with the tokens of a step of 64, then its threads share the elements. All
// sums have an order that depends on the position alone. A query reads its whole context: 4 FLOP for 8 bytes (f32),
// most of which come from the caches, where neighbours left them.
//
// CPU reference: ScalarAttention.
#include "attend_plain.cuh"

#include "arguments.cuh"
#include "attend_merge.cuh"
#include "layout.cuh"

namespace {

constexpr int WARPS = ATTEND_PLAIN_THREADS / 32;

// How elements are kept: [row, column] of queries and out, and elements of pages.
struct Bf16Elements {
  static DEVICE uint16_t& at(void* matrix, int row, int column, int columns) {
    return *reinterpret_cast<uint16_t*>(static_cast<uint8_t*>(matrix) + tiledOffset(row, column, tilesAcross(columns)));
  }
  static DEVICE float query(const AttendArguments& arguments, int row, int column, int columns) {
    return fromBf16(at(const_cast<void*>(arguments.queries), row, column, columns));
  }
  static DEVICE float inHead(const void* pages, size_t head, int token, int element, const AttendArguments& arguments) {
    int index = indexInHeadBf16(token, element, arguments.blockTokens, arguments.headSize);
    return fromBf16(static_cast<const uint16_t*>(pages)[head + index]);
  }
  static DEVICE void write(const AttendArguments& arguments, int row, int column, int columns, float value) {
    at(arguments.out, row, column, columns) = toBf16(value);
  }
  static DEVICE int padded(int columns) { return tilesAcross(columns) * TILE_COLUMNS; }
};

struct FloatElements {
  static DEVICE float query(const AttendArguments& arguments, int row, int column, int columns) {
    return static_cast<const float*>(arguments.queries)[static_cast<size_t>(row) * columns + column];
  }
  static DEVICE float inHead(const void* pages, size_t head, int token, int element, const AttendArguments& arguments) {
    return static_cast<const float*>(pages)[head + static_cast<size_t>(token) * arguments.headSize + element];
  }
  static DEVICE void write(const AttendArguments& arguments, int row, int column, int columns, float value) {
    static_cast<float*>(arguments.out)[static_cast<size_t>(row) * columns + column] = value;
  }
  static DEVICE int padded(int columns) { return columns; }
};

DEVICE float warpSum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = __fadd_rn(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

DEVICE float warpMaximum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

// One query of one head.
template <class Elements>
class PlainRow {
 public:
  DEVICE PlainRow(const AttendArguments& arguments, float* shared, int row, int head)
      : arguments_(arguments),
        query_(shared),
        sums_(shared + arguments.headSize),
        scores_(shared + 2 * arguments.headSize),
        row_(row),
        head_(head),
        kvHead_(head / (arguments.heads / arguments.kvHeads)),
        table_(arguments.batch->blockTables +
               static_cast<size_t>(arguments.batch->sequences[row]) * arguments.batch->maxBlocksPerSequence) {}

  DEVICE void run() {
    int columns = arguments_.heads * arguments_.headSize;
    int position = arguments_.batch->positions[row_];
    for (int e = threadIdx.x; e < arguments_.headSize; e += ATTEND_PLAIN_THREADS) {
      query_[e] = Elements::query(arguments_, row_, head_ * arguments_.headSize + e, columns);
      sums_[e] = 0.0f;
    }
    for (int first = 0; first <= position; first += ATTEND_PLAIN_STEP) {
      int left = position + 1 - first;
      addStep(first, left < ATTEND_PLAIN_STEP ? left : ATTEND_PLAIN_STEP);
    }
    float inverse = __frcp_rn(part_.weight);
    for (int e = threadIdx.x; e < arguments_.headSize; e += ATTEND_PLAIN_THREADS) {
      Elements::write(arguments_, row_, head_ * arguments_.headSize + e, columns, attendResult(sums_[e], inverse));
    }
    if (head_ == arguments_.heads - 1) {
      for (int column = columns + threadIdx.x; column < Elements::padded(columns); column += ATTEND_PLAIN_THREADS) {
        Elements::write(arguments_, row_, column, columns, 0.0f);
      }
    }
  }

 private:
  DEVICE float element(const void* pages, int position, int e) const {
    int index = position / arguments_.blockTokens;
    size_t head =
        headIndex(table_[index], kvHead_, arguments_.blockTokens, arguments_.kvHeads, arguments_.headSize);
    return Elements::inHead(pages, head, position - index * arguments_.blockTokens, e, arguments_);
  }

  DEVICE void addStep(int first, int count) {
    int lane = threadIdx.x % 32;
    __syncthreads();
    for (int token = threadIdx.x / 32; token < count; token += WARPS) {
      float sum = 0.0f;
      for (int e = lane; e < arguments_.headSize; e += 32) {
        sum = __fmaf_rn(query_[e], element(arguments_.keys, first + token, e), sum);
      }
      sum = warpSum(sum);
      if (lane == 0) {
        scores_[token] = __fmul_rn(sum, arguments_.scaleLog2);
      }
    }
    __syncthreads();
    // Every warp by itself, with the same result.
    float low = lane < count ? scores_[lane] : -INFINITY;
    float high = lane + 32 < count ? scores_[lane + 32] : -INFINITY;
    float maximum = fmaxf(part_.maximum, warpMaximum(fmaxf(low, high)));
    float base = attendBase(maximum);
    float factor = exp2Fast(__fsub_rn(part_.maximum, base));
    low = exp2Fast(__fsub_rn(low, base));
    high = exp2Fast(__fsub_rn(high, base));
    part_.maximum = maximum;
    part_.weight = __fmaf_rn(part_.weight, factor, warpSum(__fadd_rn(low, high)));
    __syncthreads();
    if (threadIdx.x < 32) {
      scores_[lane] = low;
      scores_[lane + 32] = high;
    }
    __syncthreads();
    for (int e = threadIdx.x; e < arguments_.headSize; e += ATTEND_PLAIN_THREADS) {
      float sum = __fmul_rn(sums_[e], factor);
#pragma unroll 4
      for (int token = 0; token < count; token++) {
        sum = __fmaf_rn(scores_[token], element(arguments_.values, first + token, e), sum);
      }
      sums_[e] = sum;
    }
  }

  const AttendArguments& arguments_;
  float* query_;
  float* sums_;
  float* scores_;  // of a step, then its weights
  int row_;
  int head_;
  int kvHead_;
  const int* table_;
  AttendPart part_ = {-INFINITY, 0.0f};
};

template <class Elements>
DEVICE void attendPlain(const AttendArguments& arguments) {
  DYNAMIC_SHARED(float, shared);
  int row = blockIdx.x / arguments.heads;
  if (row < arguments.batch->tokenCount) {
    PlainRow<Elements>(arguments, shared, row, blockIdx.x % arguments.heads).run();
  }
}

}  // namespace

KERNEL_BLOCKS(ATTEND_PLAIN_THREADS, 8, attend_plain_bf16, AttendArguments) { attendPlain<Bf16Elements>(arguments); }
KERNEL_BLOCKS(ATTEND_PLAIN_THREADS, 8, attend_plain_f32, AttendArguments) { attendPlain<FloatElements>(arguments); }

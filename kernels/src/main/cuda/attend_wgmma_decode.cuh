// The decode kernel of attend_wgmma.cu: one token of each sequence in batch->decodeSequences. An item is a split of 512
// tokens of one sequence and key-value head; the query heads that share it, up to 64, are the rows of a tile, which
// other rows pad. A block stays on its SM and works off items: one warp copies keys and values, a warpgroup multiplies.
//
// It lives from streaming the cache. Two blocks share an SM, with a ring of 96 KiB each, and the ring goes on from item
// to item, so that up to 192 KiB are on their way to every SM. Per step of 128 tokens (head size 128) 64 KiB, at 4.3
// TB/s over 132 SMs about 3,500 cycles of the two blocks together; a block's products and the softmax of the one warp
// that has rows take about 2,300 of them.
#pragma once

#include "attend_wgmma_items.cuh"
#include "attend_wgmma_rows.cuh"
#include "rows.cuh"

constexpr int ATTEND_WGMMA_DECODE_THREADS = 256;

// Shared memory of a block: queries, the ring, whose stages are keys and values of a step by turns, and by stage the
// item that begins there.
template <int HEAD>
struct WgmmaDecodeShared {
  static constexpr int STAGES = HEAD == 128 ? 3 : 6;
  static constexpr int QUERY_SLAB_BYTES = ATTEND_WGMMA_DECODE_ROWS * ATTEND_WGMMA_ROW_BYTES;
  static constexpr int RING_OFFSET = HEAD / 64 * QUERY_SLAB_BYTES;
  using Stages = Ring<STAGES, WgmmaStep<HEAD>::BYTES>;
  static constexpr int ITEMS_OFFSET = RING_OFFSET + Stages::SHARED_BYTES;
  static constexpr int BYTES = ITEMS_OFFSET + STAGES * static_cast<int>(sizeof(WgmmaDecodeItem));
};

template <int HEAD>
constexpr int ATTEND_WGMMA_DECODE_SHARED_BYTES = WgmmaDecodeShared<HEAD>::BYTES;

template <int HEAD>
class WgmmaDecode {
 public:
  DEVICE WgmmaDecode(const AttendArguments& arguments, uint8_t* shared)
      : arguments_(arguments),
        shared_(shared),
        items_(reinterpret_cast<WgmmaDecodeItem*>(shared + Shared::ITEMS_OFFSET)),
        ring_(shared + Shared::RING_OFFSET) {}

  DEVICE void run() {
    if (threadIdx.x == 0) {
      ring_.initialize(CONSUMER_WARPS);
    }
    __syncthreads();
    if (threadIdx.x < CONSUMERS) {
      claimRegisters<200>();
      consume();
    } else {
      releaseRegisters<56>();
      if (threadIdx.x < CONSUMERS + 32) {
        produce();
      }
    }
  }

 private:
  using Shared = WgmmaDecodeShared<HEAD>;
  using Position = typename Shared::Stages::Position;
  static constexpr int CONSUMERS = 128;
  static constexpr int CONSUMER_WARPS = 4;

  DEVICE void produce() {
    Position at;
    WgmmaDecodeItems items(arguments_);
    for (WgmmaDecodeItem item = items.next(); item.tokens > 0; item = items.next()) {
      for (int step = 0; step < item.steps(); step++) {
        int first = item.split * ATTEND_SPLIT_TOKENS + step * ATTEND_WGMMA_STEP_TOKENS;
        int tokens = min(ATTEND_WGMMA_STEP_TOKENS, item.tokens - step * ATTEND_WGMMA_STEP_TOKENS);
        WgmmaPiece<HEAD> piece(arguments_, item.sequence, item.kvHead, first, tokens);
        int bytes = tokens * ATTEND_WGMMA_ROW_BYTES * WgmmaStep<HEAD>::SLABS;
        piece.copy(arguments_.keys, ring_.address(at), announce(at, item, bytes));
        at.next();
        piece.copy(arguments_.values, ring_.address(at), announce(at, item, bytes));
        at.next();
      }
    }
    announce(at, {}, 0);
  }

  // Waits for the stage and says what will be in it. The barrier for the copies.
  DEVICE uint32_t announce(const Position& at, const WgmmaDecodeItem& item, int bytes) {
    uint32_t barrier = 0;
    if (threadIdx.x % 32 == 0) {
      ring_.waitEmpty(at);
      items_[at.stage] = item;
      barrier = ring_.announce(at, bytes);
    }
    return __shfl_sync(0xffffffffu, barrier, 0);
  }

  DEVICE void consume() {
    Position at;
    WgmmaRows<HEAD> rows;
    while (true) {
      ring_.waitFull(at);
      WgmmaDecodeItem item = items_[at.stage];
      if (item.tokens == 0) {
        return;
      }
      bringQueries(item);
      rows.open();
      for (int step = 0; step < item.steps(); step++) {
        consumeStep(rows, item, step, at);
      }
      write(rows, item);
    }
  }

  // Rows past the item's heads hold anything.
  DEVICE void bringQueries(const WgmmaDecodeItem& item) {
    constexpr int CHUNKS = HEAD / 8;
    int across = tilesAcross(arguments_.heads * HEAD);
    const auto* queries = static_cast<const uint8_t*>(arguments_.queries);
    namedBarrier(1, CONSUMERS);  // the products with the queries before are done
    for (int i = threadIdx.x; i < item.heads * CHUNKS; i += CONSUMERS) {
      int row = i / CHUNKS;
      int chunk = i % CHUNKS;
      size_t from = tiledOffset(item.row, (item.firstHead + row) * HEAD + 8 * chunk, across);
      auto* to = shared_ + chunk / 8 * Shared::QUERY_SLAB_BYTES + chunkInTile(row, chunk % 8);
      *reinterpret_cast<EightBf16*>(to) = *reinterpret_cast<const EightBf16*>(queries + from);
    }
    fenceProxyAsync();
    namedBarrier(1, CONSUMERS);
  }

  DEVICE void consumeStep(WgmmaRows<HEAD>& rows, const WgmmaDecodeItem& item, int step, Position& at) {
    int tokens = item.tokens - step * ATTEND_WGMMA_STEP_TOKENS;
    ring_.waitFull(at);
    warpgroupFence();
    rows.multiplyKeys(sharedAddress(shared_), Shared::QUERY_SLAB_BYTES, ring_.address(at));
    warpgroupWait<0>();
    rows.settleScores();
    release(at);
    if (static_cast<int>(threadIdx.x) / 32 * 16 < item.heads) {
      if (tokens < ATTEND_WGMMA_STEP_TOKENS) {
        rows.mask({tokens - 1, tokens - 1});
      }
      float corrections[2];
      rows.weigh(arguments_.scaleLog2, corrections);
      if (step > 0) {
        rows.rescale(corrections);
      }
      rows.roundWeights();
    } else {
      rows.clearWeights();
    }
    ring_.waitFull(at);
    if (tokens < ATTEND_WGMMA_STEP_TOKENS) {
      clearValues(at.stage, tokens);
    }
    warpgroupFence();
    rows.multiplyValues(ring_.address(at), step == 0);
    warpgroupWait<0>();
    rows.settleSums();
    release(at);
  }

  // Tokens past the last one have the weight zero, but what was there before may be no number.
  DEVICE void clearValues(int stage, int tokens) {
    for (int slab = 0; slab < WgmmaStep<HEAD>::SLABS; slab++) {
      uint8_t* values = shared_ + Shared::RING_OFFSET + stage * WgmmaStep<HEAD>::BYTES + slab * ATTEND_WGMMA_SLAB_BYTES;
      for (int i = 8 * tokens + threadIdx.x; i < ATTEND_WGMMA_SLAB_BYTES / 16; i += CONSUMERS) {
        reinterpret_cast<EightBf16*>(values)[i] = {};
      }
    }
    fenceProxyAsync();
    namedBarrier(1, CONSUMERS);
  }

  DEVICE void release(Position& at) {
    if (threadIdx.x % 32 == 0) {
      ring_.release(at.stage);
    }
    at.next();
  }

  DEVICE void write(WgmmaRows<HEAD>& rows, const WgmmaDecodeItem& item) {
    size_t split = static_cast<size_t>(item.entry) * arguments_.splits + item.split;
#pragma unroll
    for (int i = 0; i < 2; i++) {
      AttendPart part = rows.part(i);
      int row = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4 + 8 * i;
      if (row < item.heads) {
        float* to = arguments_.partials + (split * arguments_.heads + item.firstHead + row) * (HEAD + 2);
        int first = threadIdx.x % 4 * 2;
#pragma unroll
        for (int j = 0; j < HEAD / 8; j++) {
          *reinterpret_cast<TwoFloats*>(to + 8 * j + first) = {rows.sum(j, i, 0), rows.sum(j, i, 1)};
        }
        if (first == 0) {
          *reinterpret_cast<TwoFloats*>(to + HEAD) = {part.maximum, part.weight};
        }
      }
    }
  }

  struct alignas(8) TwoFloats {
    float first;
    float second;
  };

  const AttendArguments& arguments_;
  uint8_t* shared_;
  WgmmaDecodeItem* items_;
  typename Shared::Stages ring_;
};

// The three warps of attend_wgmma_prefill.cuh that prepare what consumers multiply:
//
//   - Queries: rows of a tile may begin anywhere on the flat token axis, so their chunks are swizzled anew.
//   - Values of tokens that some row of the tile must not see. Their weights are zero, but zero times what is no number
//     would show, and slots past a query's position may hold anything. So what is not finite is set to zero, and per
//     element of the head it is noted from which token on infinities of either sign are to be added to the sums of the
//     rows that see them. NaN counts as both. (Only where the weight of an infinite value is zero in f32 is the sum
//     then infinite instead of NaN.)
#pragma once

#include <climits>

#include "attend_wgmma_tiles.cuh"
#include "rows.cuh"

template <int HEAD>
class WgmmaPrefillHelpers {
 public:
  DEVICE WgmmaPrefillHelpers(const AttendArguments& arguments, uint8_t* shared)
      : arguments_(arguments),
        shared_(shared),
        notes_(Shared::notes(shared)),
        ring_(shared + Shared::RING_OFFSET),
        helper_(threadIdx.x - 32) {}

  DEVICE void run() {
    typename Shared::Stages::Position valuesAt;
    valuesAt.next();
    int parity = 1;
    WgmmaPrefillTiles tiles(arguments_);
    for (WgmmaPrefillTile tile; tiles.next(tile);) {
      barrierWait(notes_->queriesEmpty(), parity);
      parity ^= 1;
      bringQueries(tile);
      for (int step = 0; step < tile.steps(); step++) {
        ring_.waitFull(valuesAt);
        if (tile.masks(step)) {
          clean(tile, step, valuesAt.stage);
        }
        arrive(notes_->cleaned(valuesAt.stage));
        valuesAt.next();
        valuesAt.next();
      }
    }
  }

 private:
  using Shared = WgmmaPrefillShared<HEAD>;
  static constexpr int HELPERS = 32 * WgmmaPrefillNotes<HEAD>::HELPER_WARPS;
  static constexpr uint32_t PLUS_INFINITY = 0x7F80;
  static constexpr uint32_t MINUS_INFINITY = 0xFF80;

  DEVICE void arrive(uint32_t barrier) {
    __syncwarp();
    if (threadIdx.x % 32 == 0) {
      barrierArrive(barrier);
    }
  }

  DEVICE void bringQueries(const WgmmaPrefillTile& tile) {
    constexpr int CHUNKS = HEAD / 8;
    int across = tilesAcross(arguments_.heads * HEAD);
    const auto* queries = static_cast<const uint8_t*>(arguments_.queries);
    for (int i = helper_; i < TILE_ROWS * CHUNKS; i += HELPERS) {
      int row = i / CHUNKS;
      int chunk = i % CHUNKS;
      bool exists = row < tile.rows;
      size_t from = tiledOffset(tile.firstRow + (exists ? row : 0), tile.head * HEAD + 8 * chunk, across);
      copyAsync16(shared_ + chunk / 8 * Shared::QUERY_SLAB_BYTES + chunkInTile(row, chunk % 8), queries + from, exists);
    }
    copyAsyncCommit();
    for (int row = helper_; row < TILE_ROWS; row += HELPERS) {
      notes_->positions[row] = row < tile.rows ? arguments_.batch->positions[tile.firstRow + row] : -1;
    }
    if (helper_ == 0) {
      notes_->tile = tile;
    }
    copyAsyncWait<0>();
    fenceProxyAsync();
    arrive(notes_->queriesFull());
  }

  // Takes out what is not finite of the tokens that are not seen by all.
  DEVICE void clean(const WgmmaPrefillTile& tile, int step, int stage) {
    int first = step * ATTEND_WGMMA_STEP_TOKENS;
    int begin = max(0, tile.firstPosition + 1 - first);
    int slot = stage / 2;
    for (int i = helper_; i < HEAD; i += HELPERS) {
      notes_->firstSpoiled[slot][0][i] = INT_MAX;
      notes_->firstSpoiled[slot][1][i] = INT_MAX;
    }
    if (helper_ == 0) {
      notes_->spoiled[slot] = 0;
    }
    namedBarrier(1, HELPERS);
    for (int slab = 0; slab < WgmmaStep<HEAD>::SLABS; slab++) {
      uint8_t* values = shared_ + Shared::RING_OFFSET + stage * WgmmaStep<HEAD>::BYTES + slab * ATTEND_WGMMA_SLAB_BYTES;
      for (int i = 8 * begin + helper_; i < ATTEND_WGMMA_SLAB_BYTES / 16; i += HELPERS) {
        auto* chunk = reinterpret_cast<EightBf16*>(values) + i;
        EightBf16 eight = *chunk;
        if (isSpoiled(eight)) {
          int token = i / 8;
          int element = 64 * slab + 8 * ((i ^ token) & 7);
          takeOut(eight, first + token, slot, element);
          *chunk = eight;
        }
      }
    }
    fenceProxyAsync();
  }

  static DEVICE bool isSpoiled(const EightBf16& eight) {
    bool spoiled = false;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      spoiled |= isSpoiled(eight.pairs[i]) || isSpoiled(eight.pairs[i] >> 16);
    }
    return spoiled;
  }

  // Whether the lower half is not finite.
  static DEVICE bool isSpoiled(uint32_t pair) { return (pair & 0x7F80) == 0x7F80; }

  DEVICE void takeOut(EightBf16& eight, int token, int slot, int element) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
      uint32_t& pair = eight.pairs[i / 2];
      uint32_t value = pair >> (i % 2 * 16) & 0xFFFF;
      if (isSpoiled(value)) {
        pair &= i % 2 == 0 ? 0xFFFF0000u : 0x0000FFFFu;
        if (value != MINUS_INFINITY) {
          atomicMin(&notes_->firstSpoiled[slot][0][element + i], token);
        }
        if (value != PLUS_INFINITY) {
          atomicMin(&notes_->firstSpoiled[slot][1][element + i], token);
        }
      }
    }
    notes_->spoiled[slot] = 1;
  }

  const AttendArguments& arguments_;
  uint8_t* shared_;
  WgmmaPrefillNotes<HEAD>* notes_;
  typename Shared::Stages ring_;
  int helper_;
};

// What surrounds the consumers of attend_wgmma_prefill.cuh: which tiles a block works off, what its parts tell each
// other in shared memory, and the three warps that prepare what consumers multiply:
//
//   - Queries: rows of a tile may begin anywhere on the flat token axis, so their chunks are swizzled anew.
//   - Values of tokens that some row of the tile must not see. Their weights are zero, but zero times what is no number
//     would show, and slots past a query's position may hold anything. So what is not finite is set to zero, and per
//     element of the head it is noted from which token on infinities of either sign are to be added to the sums of the
//     rows that see them. NaN counts as both. (Only where the weight of an infinite value is zero in f32 is the sum
//     then infinite instead of NaN.)
#pragma once

#include <climits>

#include "attend_wgmma_pages.cuh"
#include "gemm_ring.cuh"
#include "rows.cuh"

constexpr int TURN_BARRIERS = 2;  // two named barriers; number 1 is the helpers' own

// Rows of consecutive tokens of a sequence, of one head.
struct WgmmaPrefillTile {
  int sequence;
  int firstRow;
  int rows;
  int head;
  int firstPosition;
  int lastPosition;

  DEVICE int steps() const { return lastPosition / ATTEND_WGMMA_STEP_TOKENS + 1; }

  // Whether a step has tokens that some row does not see.
  DEVICE bool masks(int step) const { return (step + 1) * ATTEND_WGMMA_STEP_TOKENS > firstPosition + 1; }
};

// The tiles of a block, each with every head. Blocks take turns, every other time in reverse, so that none gets the
// longest contexts always. Heads of a tile are neighbours, and share keys and values in the level 2 cache.
class WgmmaPrefillTiles {
 public:
  DEVICE explicit WgmmaPrefillTiles(const AttendArguments& arguments)
      : arguments_(arguments), items_(arguments.batch->prefillTileCount * arguments.heads) {}

  // How many the block has.
  DEVICE int count() const {
    int blocks = gridDim.x;
    int rounds = items_ / blocks;
    return rounds + (item(rounds) < items_ ? 1 : 0);
  }

  // Whether there was one more.
  DEVICE bool next(WgmmaPrefillTile& tile) {
    int index = item(round_++);
    if (index >= items_) {
      return false;
    }
    const BatchView& batch = *arguments_.batch;
    const int* entry = batch.prefillTiles + 2 * (index / arguments_.heads);
    tile.head = index % arguments_.heads;
    tile.sequence = entry[0];
    tile.firstRow = entry[1];
    tile.rows = min(TILE_ROWS, batch.queryStarts[tile.sequence + 1] - tile.firstRow);
    tile.firstPosition = batch.positions[tile.firstRow];
    tile.lastPosition = batch.positions[tile.firstRow + tile.rows - 1];
    return true;
  }

 private:
  DEVICE int item(int round) const {
    int blocks = gridDim.x;
    int block = blockIdx.x;
    return round * blocks + (round % 2 == 0 ? block : blocks - 1 - block);
  }

  const AttendArguments& arguments_;
  int items_;
  int round_ = 0;
};

template <int HEAD>
struct WgmmaPrefillNotes;

// Shared memory of a block: queries, sums of closed splits, the ring, whose stages are keys and values of a step by
// turns, and notes.
template <int HEAD>
struct WgmmaPrefillShared {
  static constexpr int STAGES = HEAD == 128 ? 4 : 8;
  static constexpr int QUERY_SLAB_BYTES = TILE_ROWS * ATTEND_WGMMA_ROW_BYTES;
  static constexpr int CLOSED_OFFSET = HEAD / 64 * QUERY_SLAB_BYTES;
  static constexpr int RING_OFFSET = CLOSED_OFFSET + TILE_ROWS * HEAD * 4;
  using Stages = Ring<STAGES, WgmmaStep<HEAD>::BYTES>;
  static constexpr int NOTES_OFFSET = RING_OFFSET + Stages::SHARED_BYTES;

  static DEVICE WgmmaPrefillNotes<HEAD>* notes(uint8_t* shared) {
    return reinterpret_cast<WgmmaPrefillNotes<HEAD>*>(shared + NOTES_OFFSET);
  }
};

template <int HEAD>
struct WgmmaPrefillNotes {
  static constexpr int STAGES = WgmmaPrefillShared<HEAD>::STAGES;
  static constexpr int HELPER_WARPS = 3;

  uint64_t barriers[STAGES + 2];
  WgmmaPrefillTile tile;                  // whose queries are there
  int positions[TILE_ROWS];               // of its rows; -1 past the last
  int spoiled[STAGES / 2];                // whether the values of a stage had something that is not finite
  int firstSpoiled[STAGES / 2][2][HEAD];  // if so, its first token, by sign and element of the head

  DEVICE void initialize(int consumers) const {
    for (int stage = 0; stage < STAGES; stage++) {
      barrierInit(cleaned(stage), HELPER_WARPS);
    }
    barrierInit(queriesFull(), HELPER_WARPS);
    barrierInit(queriesEmpty(), consumers);
    barrierInitFence();
  }

  DEVICE uint32_t cleaned(int stage) const { return sharedAddress(barriers + stage); }
  DEVICE uint32_t queriesFull() const { return sharedAddress(barriers + STAGES); }
  DEVICE uint32_t queriesEmpty() const { return sharedAddress(barriers + STAGES + 1); }
};

template <int HEAD>
constexpr int ATTEND_WGMMA_PREFILL_SHARED_BYTES =
    WgmmaPrefillShared<HEAD>::NOTES_OFFSET + static_cast<int>(sizeof(WgmmaPrefillNotes<HEAD>));

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

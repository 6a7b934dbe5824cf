// Which tiles a block of attend_wgmma_prefill.cuh works off, and what its parts tell each other in shared memory.
#pragma once

#include "arguments.cuh"
#include "attend_wgmma_pages.cuh"
#include "gemm_ring.cuh"

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

// The prefill kernel of attend_wgmma.cu. A block stays on its SM and works off tiles of 128 query rows of one head,
// longest context first. Its first warp copies keys and values; the next three bring in queries and clean values (see
// attend_wgmma_helpers.cuh); two warpgroups of consumers have 64 rows each.
//
// A consumer issues the scores of a step and, behind them, the product of the step before with its values; while that
// runs it turns the scores into weights. The two consumers take turns in issuing, so that one's softmax falls in the
// time of the other's products.
//
// Per step of 128 tokens and block (head size 128): 8 MiFLOP, at 4,096 a cycle 2,048 cycles; 64 KiB of keys and values,
// mostly from the level 2 cache, 32 bytes a cycle; 64 exponentials a thread, 1,024 cycles of each of the four special
// function units' queues. Registers: 64 scores, 64 sums and 32 pairs of weights of the 232 that a consumer has. Shared
// memory: 32 KiB of queries, two steps of 64 KiB, and 64 KiB for the result of the splits that are closed.
#pragma once

#include "attend_wgmma_helpers.cuh"
#include "attend_wgmma_rows.cuh"
#include "attend_wgmma_splits.cuh"

constexpr int ATTEND_WGMMA_PREFILL_THREADS = 384;

template <int HEAD>
class WgmmaPrefill {
 public:
  using Shared = WgmmaPrefillShared<HEAD>;

  DEVICE WgmmaPrefill(const AttendArguments& arguments, uint8_t* shared)
      : arguments_(arguments),
        shared_(shared),
        notes_(Shared::notes(shared)),
        ring_(shared + Shared::RING_OFFSET) {}

  DEVICE void run() {
    if (threadIdx.x == 0) {
      ring_.initialize(CONSUMER_WARPS);
      notes_->initialize(CONSUMER_WARPS);
    }
    __syncthreads();
    if (threadIdx.x < 128) {
      releaseRegisters<56>();
      if (threadIdx.x < 32) {
        produce();
      } else {
        WgmmaPrefillHelpers<HEAD>(arguments_, shared_).run();
      }
    } else {
      claimRegisters<224>();
      consume();
    }
  }

 private:
  using Stages = typename Shared::Stages;
  using Position = typename Stages::Position;
  static constexpr int CONSUMER_WARPS = 8;
  static constexpr int SPLIT_STEPS = ATTEND_SPLIT_TOKENS / ATTEND_WGMMA_STEP_TOKENS;
  static constexpr int TURN_BARRIERS = 2;  // two named barriers; number 1 is the helpers' own

  DEVICE void produce() {
    Position at;
    WgmmaPrefillTiles tiles(arguments_);
    for (WgmmaPrefillTile tile; tiles.next(tile);) {
      int kvHead = tile.head / (arguments_.heads / arguments_.kvHeads);
      for (int step = 0; step < tile.steps(); step++) {
        int first = step * ATTEND_WGMMA_STEP_TOKENS;
        int tokens = min(ATTEND_WGMMA_STEP_TOKENS, tile.lastPosition + 1 - first);
        WgmmaPiece<HEAD> piece(arguments_, tile.sequence, kvHead, first, tokens);
        copyStep(at, piece, arguments_.keys, tokens);
        copyStep(at, piece, arguments_.values, tokens);
      }
    }
  }

  DEVICE void copyStep(Position& at, const WgmmaPiece<HEAD>& piece, const void* pages, int tokens) {
    uint32_t barrier = 0;
    if (threadIdx.x == 0) {
      barrier = ring_.claim(at, tokens * ATTEND_WGMMA_ROW_BYTES * WgmmaStep<HEAD>::SLABS);
    }
    barrier = __shfl_sync(0xffffffffu, barrier, 0);
    piece.copy(pages, ring_.address(at), barrier);
    at.next();
  }

  DEVICE void consume() {
    int consumer = threadIdx.x / 128 - 1;
    if (consumer == 1) {
      giveTurn(0);
    }
    Position keysAt;
    Position valuesAt;
    valuesAt.next();
    WgmmaRows<HEAD> rows;
    int count = WgmmaPrefillTiles(arguments_).count();
    for (int round = 0; round < count; round++) {
      barrierWait(notes_->queriesFull(), round & 1);
      consumeTile(rows, consumer, keysAt, valuesAt);
    }
  }

  DEVICE void consumeTile(WgmmaRows<HEAD>& rows, int consumer, Position& keysAt, Position& valuesAt) {
    WgmmaPrefillTile tile = notes_->tile;
    int row = consumer * 64 + threadIdx.x % 128 / 32 * 16 + threadIdx.x % 32 / 4;
    int positions[2] = {notes_->positions[row], notes_->positions[row + 8]};
    uint32_t queries = sharedAddress(shared_) + consumer * 64 * ATTEND_WGMMA_ROW_BYTES;
    int steps = tile.steps();
    WgmmaSplits<HEAD> splits(shared_ + Shared::CLOSED_OFFSET);
    float corrections[2];

    ring_.waitFull(keysAt);
    warpgroupFence();
    rows.multiplyKeys(queries, Shared::QUERY_SLAB_BYTES, ring_.address(keysAt));
    warpgroupWait<0>();
    rows.settleScores();
    releaseKeys(keysAt, steps == 1);
    rows.open();
    maskStep(rows, tile, 0, positions);
    rows.weigh(arguments_.scaleLog2, corrections);
    rows.roundWeights();
#pragma unroll 1
    for (int step = 1; step < steps; step++) {
      ring_.waitFull(keysAt);
      barrierWait(notes_->cleaned(valuesAt.stage), valuesAt.parity);
      takeTurn(consumer);
      warpgroupFence();
      rows.multiplyKeys(queries, Shared::QUERY_SLAB_BYTES, ring_.address(keysAt));
      rows.multiplyValues(ring_.address(valuesAt), (step - 1) % SPLIT_STEPS == 0);
      giveTurn(1 - consumer);
      warpgroupWait<1>();
      rows.settleScores();
      releaseKeys(keysAt, step == steps - 1);
      bool opens = step % SPLIT_STEPS == 0;
      AttendPart closed[2];
      if (opens) {
        closed[0] = rows.part(0);
        closed[1] = rows.part(1);
        rows.open();
      }
      maskStep(rows, tile, step, positions);
      rows.weigh(arguments_.scaleLog2, corrections);
      rows.finishWeights();
      warpgroupWait<0>();
      rows.settleSums();
      releaseValues(rows, tile, step - 1, positions, valuesAt);
      if (opens) {
        splits.close(rows, closed, step == SPLIT_STEPS);
      } else {
        rows.rescale(corrections);
      }
      rows.roundWeights();
    }
    barrierWait(notes_->cleaned(valuesAt.stage), valuesAt.parity);
    warpgroupFence();
    rows.multiplyValues(ring_.address(valuesAt), (steps - 1) % SPLIT_STEPS == 0);
    warpgroupWait<0>();
    rows.settleSums();
    releaseValues(rows, tile, steps - 1, positions, valuesAt);
    AttendPart last[2] = {rows.part(0), rows.part(1)};
    splits.finish(rows, last, steps > SPLIT_STEPS);
    write(rows, tile, row);
  }

  DEVICE void takeTurn(int consumer) { namedBarrier(TURN_BARRIERS + consumer, 256); }

  DEVICE void giveTurn(int consumer) { namedBarrierArrive(TURN_BARRIERS + consumer, 256); }

  DEVICE void releaseKeys(Position& at, bool last) {
    if (threadIdx.x % 32 == 0) {
      ring_.release(at.stage);
      if (last) {
        barrierArrive(notes_->queriesEmpty());
      }
    }
    at.next();
    at.next();
  }

  DEVICE void releaseValues(WgmmaRows<HEAD>& rows, const WgmmaPrefillTile& tile, int step, const int (&positions)[2],
                            Position& at) {
    int slot = at.stage / 2;
    if (tile.masks(step) && notes_->spoiled[slot] != 0) {
      spoil(rows, notes_->firstSpoiled[slot], positions);
    }
    __syncwarp();
    if (threadIdx.x % 32 == 0) {
      ring_.release(at.stage);
    }
    at.next();
    at.next();
  }

  // Values that are not finite were taken out of the step; the rows that see them get their sums.
  DEVICE void spoil(WgmmaRows<HEAD>& rows, const int (*firstSpoiled)[HEAD], const int (&positions)[2]) {
#pragma unroll
    for (int j = 0; j < HEAD / 8; j++) {
#pragma unroll
      for (int e = 0; e < 2; e++) {
        int element = 8 * j + threadIdx.x % 4 * 2 + e;
#pragma unroll
        for (int i = 0; i < 2; i++) {
          float& sum = rows.sum(j, i, e);
          sum = positions[i] >= firstSpoiled[0][element] ? sum + INFINITY : sum;
          sum = positions[i] >= firstSpoiled[1][element] ? sum - INFINITY : sum;
        }
      }
    }
  }

  DEVICE void maskStep(WgmmaRows<HEAD>& rows, const WgmmaPrefillTile& tile, int step, const int (&positions)[2]) {
    if (tile.masks(step)) {
      int first = step * ATTEND_WGMMA_STEP_TOKENS;
      rows.mask({positions[0] - first, positions[1] - first});
    }
  }

  DEVICE void write(WgmmaRows<HEAD>& rows, const WgmmaPrefillTile& tile, int row) {
    int across = tilesAcross(arguments_.heads * HEAD);
#pragma unroll
    for (int i = 0; i < 2; i++) {
      if (row + 8 * i < tile.rows) {
        auto* out = static_cast<uint8_t*>(arguments_.out);
#pragma unroll
        for (int j = 0; j < HEAD / 8; j++) {
          size_t at = tiledOffset(tile.firstRow + row + 8 * i, tile.head * HEAD + 8 * j, across);
          auto* pair = reinterpret_cast<uint32_t*>(out + at) + threadIdx.x % 4;
          *pair = packBf16(rows.sum(j, i, 0), rows.sum(j, i, 1));
        }
      }
    }
  }

  const AttendArguments& arguments_;
  uint8_t* shared_;
  WgmmaPrefillNotes<HEAD>* notes_;
  Stages ring_;
};

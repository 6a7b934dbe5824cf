// The work of attend_wgmma_decode.cuh, in items of nearly equal size, and how a block finds its own.
#pragma once

#include "arguments.cuh"
#include "attend_merge.cuh"
#include "attend_wgmma_pages.cuh"

constexpr int ATTEND_WGMMA_DECODE_ROWS = 64;

// A split of one token's context, for up to 64 query heads of one key-value head.
struct WgmmaDecodeItem {
  int sequence;
  int row;        // of the token on the flat axis
  int entry;      // in batch->decodeSequences
  int split;
  int kvHead;
  int firstHead;  // of the query heads
  int heads;
  int tokens;     // 1 to 512; 0 at the end of all items

  DEVICE int steps() const { return (tokens + ATTEND_WGMMA_STEP_TOKENS - 1) / ATTEND_WGMMA_STEP_TOKENS; }
};

// The items of a block, looked for by a warp. They are counted through from sequence to sequence, 32 of which the lanes
// have at hand, splits before heads. Each round gives every block one item, and is dealt from another block on, so that
// no block gets the short last splits of sequences always.
class WgmmaDecodeItems {
 public:
  DEVICE explicit WgmmaDecodeItems(const AttendArguments& arguments)
      : arguments_(arguments),
        group_(arguments.heads / arguments.kvHeads),
        tiles_((group_ + ATTEND_WGMMA_DECODE_ROWS - 1) / ATTEND_WGMMA_DECODE_ROWS) {}

  DEVICE WgmmaDecodeItem next() {
    constexpr int DEAL = 37;
    constexpr uint32_t ALL = 0xffffffffu;
    int blocks = gridDim.x;
    int index = round_ * blocks + (blockIdx.x + round_ * DEAL) % blocks;
    round_++;
    WgmmaDecodeItem item = {};
    while (index >= end_) {
      if (nextEntry_ >= arguments_.batch->decodeCount) {
        return item;
      }
      loadSequences();
    }
    int lane = __popc(__ballot_sync(ALL, begin_ <= index)) - 1;
    int inSequence = index - __shfl_sync(ALL, begin_, lane);
    item.entry = nextEntry_ - 32 + lane;
    item.sequence = __shfl_sync(ALL, sequence_, lane);
    item.row = __shfl_sync(ALL, row_, lane);
    int tile = inSequence % tiles_;
    item.kvHead = inSequence / tiles_ % arguments_.kvHeads;
    item.split = inSequence / tiles_ / arguments_.kvHeads;
    item.firstHead = item.kvHead * group_ + tile * ATTEND_WGMMA_DECODE_ROWS;
    item.heads = min(ATTEND_WGMMA_DECODE_ROWS, group_ - tile * ATTEND_WGMMA_DECODE_ROWS);
    int position = __shfl_sync(ALL, position_, lane);
    item.tokens = min(ATTEND_SPLIT_TOKENS, position + 1 - item.split * ATTEND_SPLIT_TOKENS);
    return item;
  }

 private:
  // Loads the next 32 sequences, one a lane, and numbers their items on.
  DEVICE void loadSequences() {
    const BatchView& batch = *arguments_.batch;
    int lane = threadIdx.x % 32;
    int entry = nextEntry_ + lane;
    int items = 0;
    if (entry < batch.decodeCount) {
      sequence_ = batch.decodeSequences[entry];
      row_ = batch.queryStarts[sequence_];
      position_ = batch.positions[row_];
      items = attendSplits(position_) * arguments_.kvHeads * tiles_;
    }
    int last = items;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
      int before = __shfl_up_sync(0xffffffffu, last, distance);
      last += lane >= distance ? before : 0;
    }
    begin_ = end_ + last - items;
    end_ += __shfl_sync(0xffffffffu, last, 31);
    nextEntry_ += 32;
  }

  const AttendArguments& arguments_;
  int group_;
  int tiles_;
  int round_ = 0;
  int nextEntry_ = 0;
  int end_ = 0;  // of the items of the sequences at hand
  int begin_ = 0;
  int sequence_ = 0;
  int row_ = 0;
  int position_ = 0;
};

// The two attention kernels of attend_mma.cu.
//
// Prefill: a block of 8 warps takes 128 tokens and one query head; a warp has 16 rows and keeps queries, sums of the
// split and sums so far in registers. Steps of 64 tokens go through three stages, with one barrier a step. Per step and
// block, at head size 128: 4 MiFLOP, 32 KiB from the level 2 cache, and 256 KiB from shared memory, since every warp
// reads all keys and values. That last number is the bound: 128 bytes a cycle allow 2 KiFLOP a cycle and
// multiprocessor, about 470 TFLOP/s on an H200, where mma.sync by itself reaches about 620.
//
// Decode: a block is one warp, whose 16 rows are query heads that share a key-value head: the one token's keys and
// values are read once for all of them. It lives from streaming. Keys and values of two steps take turns in shared
// memory, each requested again as soon as it was used, so that 48 KiB a block and 144 KiB a multiprocessor with three
// blocks are on their way at head size 128. Per step: 32 KiB from memory, 512 KiFLOP.
#pragma once

#include "attend_rows_mma.cuh"

constexpr int ATTEND_TILE_TOKENS = 128;  // of BatchView.prefillTiles
constexpr int ATTEND_MMA_PREFILL_THREADS = 256;
constexpr int ATTEND_MMA_PREFILL_STAGES = 3;
constexpr int ATTEND_MMA_DECODE_THREADS = 32;
constexpr int ATTEND_MMA_DECODE_STAGES = 2;
constexpr int ATTEND_MMA_ROWS = 16;  // of a warp

HOST_DEVICE constexpr int attendMmaPrefillSharedBytes(int paddedHead) {
  return ATTEND_MMA_PREFILL_STAGES * 2 * attendStepBytes(paddedHead);
}

HOST_DEVICE constexpr int attendMmaDecodeSharedBytes(int paddedHead) {
  return ATTEND_MMA_DECODE_STAGES * 2 * attendStepBytes(paddedHead);
}

// Zeros after the last column of a row of the output, which is to be an operand of a product. By one warp.
DEVICE void clearPadding(const AttendArguments& arguments, int token) {
  int columns = arguments.heads * arguments.headSize;
  int across = tilesAcross(columns);
  for (int column = columns + 2 * (threadIdx.x % 32); column < across * TILE_COLUMNS; column += 64) {
    *reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(arguments.out) + tiledOffset(token, column, across)) = 0;
  }
}

// ---- Prefill.

// The sums and parts of all splits so far. The parts, alike in the four threads of a quad, are in shared memory: in
// the loop over steps every register counts.
template <int HEAD>
struct MergedRows {
  float sums[HEAD / 8][4];
  AttendPart* parts;  // of the warp's 16 rows

  // Takes what `rows` has of a split, its weights added up.
  DEVICE void take(const AttendRows<HEAD>& rows, bool isFirst) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      AttendPart& part = parts[threadIdx.x % 32 / 4 + 8 * half];
      if (isFirst) {
        part = rows.parts[half];
#pragma unroll
        for (int j = 0; j < HEAD / 8; j++) {
          sums[j][2 * half] = rows.sums[j][2 * half];
          sums[j][2 * half + 1] = rows.sums[j][2 * half + 1];
        }
      } else {
        AttendPart all = part;
        AttendFactors factors = mergePart(all, rows.parts[half]);
        __syncwarp();
        part = all;
#pragma unroll
        for (int j = 0; j < HEAD / 8; j++) {
          sums[j][2 * half] = mergeSum(sums[j][2 * half], rows.sums[j][2 * half], factors);
          sums[j][2 * half + 1] = mergeSum(sums[j][2 * half + 1], rows.sums[j][2 * half + 1], factors);
        }
      }
    }
  }

  DEVICE void write(const AttendArguments& arguments, int half, int token, int head) const {
    float inverse = __frcp_rn(parts[threadIdx.x % 32 / 4 + 8 * half].weight);
    int across = tilesAcross(arguments.heads * arguments.headSize);
#pragma unroll
    for (int j = 0; j < HEAD / 8; j++) {
      int element = 8 * j + threadIdx.x % 4 * 2;
      if (element < arguments.headSize) {
        uint32_t pair =
            packBf16(attendResult(sums[j][2 * half], inverse), attendResult(sums[j][2 * half + 1], inverse));
        *reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(arguments.out) +
                                     tiledOffset(token, head * arguments.headSize + element, across)) = pair;
      }
    }
  }
};

// The lowest and the highest position of some tokens on the flat axis; every lane gets it.
struct PositionRange {
  int lowest;
  int highest;

  PositionRange() = default;

  DEVICE PositionRange(const BatchView& batch, int first, int end) : lowest(INT32_MAX), highest(-1) {
    for (int token = first + static_cast<int>(threadIdx.x % 32); token < end; token += 32) {
      int position = batch.positions[token];
      lowest = position < lowest ? position : lowest;
      highest = position > highest ? position : highest;
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
      int otherLowest = __shfl_xor_sync(0xffffffffu, lowest, distance);
      int otherHighest = __shfl_xor_sync(0xffffffffu, highest, distance);
      lowest = otherLowest < lowest ? otherLowest : lowest;
      highest = otherHighest > highest ? otherHighest : highest;
    }
  }
};

// The tokens and the head of a block, and which of the tokens are this warp's and this thread's.
struct PrefillTile {
  int head;
  int sequence;
  int firstToken;
  int endToken;
  int ownToken;
  int ownEnd;

  DEVICE PrefillTile(const AttendArguments& arguments, int block) {
    const BatchView& batch = *arguments.batch;
    int tile = block / arguments.heads;
    head = block - tile * arguments.heads;
    sequence = batch.prefillTiles[2 * tile];
    firstToken = batch.prefillTiles[2 * tile + 1];
    endToken = batch.queryStarts[sequence + 1];
    endToken = endToken < firstToken + ATTEND_TILE_TOKENS ? endToken : firstToken + ATTEND_TILE_TOKENS;
    ownToken = firstToken + threadIdx.x / 32 * ATTEND_MMA_ROWS;
    ownEnd = endToken < ownToken + ATTEND_MMA_ROWS ? endToken : ownToken + ATTEND_MMA_ROWS;
  }

  DEVICE int token(int half) const { return ownToken + 8 * half + threadIdx.x % 32 / 4; }
  DEVICE bool exists(int half) const { return token(half) < ownEnd; }
};

template <int HEAD>
DEVICE void loadQueries(AttendRows<HEAD>& rows, const AttendArguments& arguments, const PrefillTile& tile) {
  int across = tilesAcross(arguments.heads * arguments.headSize);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    rows.loadQuery(half, arguments.queries, across, arguments.headSize, tile.exists(half), tile.token(half),
                   tile.head * arguments.headSize);
  }
}

template <int HEAD>
DEVICE void placeRows(AttendRows<HEAD>& rows, const AttendArguments& arguments, const PrefillTile& tile) {
#pragma unroll
  for (int half = 0; half < 2; half++) {
    rows.place(half, tile.exists(half) ? arguments.batch->positions[tile.token(half)] : -1);
  }
}

template <int HEAD>
DEVICE void writeRows(const MergedRows<HEAD>& merged, const AttendArguments& arguments, const PrefillTile& tile) {
#pragma unroll
  for (int half = 0; half < 2; half++) {
    if (tile.exists(half)) {
      merged.write(arguments, half, tile.token(half), tile.head);
    }
  }
  if (tile.head == arguments.heads - 1) {
    for (int token = tile.ownToken; token < tile.ownEnd; token++) {
      clearPadding(arguments, token);
    }
  }
}

template <int HEAD, bool SLABS>
DEVICE void attendPrefill(const AttendArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  SHARED AttendPart parts[ATTEND_TILE_TOKENS];
  SHARED PositionRange ranges[ATTEND_MMA_PREFILL_THREADS / 32];
  constexpr int OPERAND_BYTES = attendStepBytes(HEAD);
  if (static_cast<int>(blockIdx.x) >= arguments.batch->prefillTileCount * arguments.heads) {
    return;
  }
  PrefillTile tile(arguments, blockIdx.x);
  int last = PositionRange(*arguments.batch, tile.firstToken, tile.endToken).highest;
  int kvHead = tile.head / (arguments.heads / arguments.kvHeads);
  PageSteps<ATTEND_MMA_PREFILL_THREADS, HEAD, SLABS> pages(arguments, tile.sequence, kvHead, last + 1);
  auto stageOf = [&](int first) {
    return shared + first / ATTEND_STEP_TOKENS % ATTEND_MMA_PREFILL_STAGES * (2 * OPERAND_BYTES);
  };
  auto copy = [&](int first) {
    if (first <= last) {
      if (first % ATTEND_SPLIT_TOKENS == 0) {
        pages.enter(first);
      }
      pages.copyKeys(stageOf(first), first);
      pages.copyValues(stageOf(first) + OPERAND_BYTES, first);
      if ((first + ATTEND_STEP_TOKENS) % ATTEND_SPLIT_TOKENS == 0) {
        pages.lookUp(first + ATTEND_STEP_TOKENS);
      }
    }
    copyAsyncCommit();
  };
  constexpr int AHEAD = (ATTEND_MMA_PREFILL_STAGES - 1) * ATTEND_STEP_TOKENS;
  pages.lookUp(0);
  for (int first = 0; first < AHEAD; first += ATTEND_STEP_TOKENS) {
    copy(first);
  }

  AttendRows<HEAD> rows;
  loadQueries(rows, arguments, tile);
  MergedRows<HEAD> merged;
  merged.parts = parts + threadIdx.x / 32 * ATTEND_MMA_ROWS;
  // Registers are scarce in this loop: what is needed seldom is in shared memory or computed again.
  PositionRange& own = ranges[threadIdx.x / 32];
  own = PositionRange(*arguments.batch, tile.ownToken, tile.ownEnd);
  int first = 0;
#pragma unroll 1
  do {
    rows.clear();
#pragma unroll 1
    do {
      copyAsyncWait<ATTEND_MMA_PREFILL_STAGES - 2>();
      __syncthreads();
      copy(first + AHEAD);
      uint32_t keys = sharedAddress(stageOf(first));
      if (first + ATTEND_STEP_TOKENS - 1 <= own.lowest) {
        rows.template addStep<false>(keys, keys + OPERAND_BYTES, first, arguments.scaleLog2);
      } else if (first <= own.highest) {
        placeRows(rows, arguments, PrefillTile(arguments, recomputed(blockIdx.x)));
        rows.template addStep<true>(keys, keys + OPERAND_BYTES, first, arguments.scaleLog2);
      }
      first += ATTEND_STEP_TOKENS;
    } while (first <= last && first % ATTEND_SPLIT_TOKENS != 0);
    rows.finishSplit();
    merged.take(rows, first <= ATTEND_SPLIT_TOKENS);
  } while (first <= last);
  writeRows(merged, arguments, PrefillTile(arguments, recomputed(blockIdx.x)));
}

// ---- Decode.

// One split of one decoded token for up to 16 query heads that share a key-value head.
struct DecodeWork {
  int entry;  // of BatchView.decodeSequences
  int sequence;
  int token;
  int position;
  int split;
  int kvHead;
  int firstHead;
  int heads;

  // Finds piece `index` of a step's work; false if there are fewer. By all lanes of a warp.
  DEVICE bool find(const AttendArguments& arguments, int index) {
    const BatchView& batch = *arguments.batch;
    int lane = threadIdx.x % 32;
    int group = arguments.heads / arguments.kvHeads;
    int tiles = (group + ATTEND_MMA_ROWS - 1) / ATTEND_MMA_ROWS;
    int units = arguments.kvHeads * tiles;
    for (int from = 0; from < batch.decodeCount; from += 32) {
      entry = from + lane;
      bool exists = entry < batch.decodeCount;
      sequence = exists ? batch.decodeSequences[entry] : 0;
      token = exists ? batch.queryStarts[sequence] : 0;
      position = exists ? batch.positions[token] : 0;
      int pieces = exists ? attendSplits(position) * units : 0;
      int end = pieces;
#pragma unroll
      for (int distance = 1; distance < 32; distance *= 2) {
        int before = __shfl_up_sync(0xffffffffu, end, distance);
        end += lane >= distance ? before : 0;
      }
      uint32_t later = __ballot_sync(0xffffffffu, index < end);
      if (later != 0) {
        int source = __ffs(static_cast<int>(later)) - 1;
        entry = from + source;
        sequence = __shfl_sync(0xffffffffu, sequence, source);
        token = __shfl_sync(0xffffffffu, token, source);
        position = __shfl_sync(0xffffffffu, position, source);
        int piece = index - __shfl_sync(0xffffffffu, end - pieces, source);
        split = piece / units;
        kvHead = piece % units / tiles;
        int firstInGroup = piece % tiles * ATTEND_MMA_ROWS;
        firstHead = kvHead * group + firstInGroup;
        heads = group - firstInGroup < ATTEND_MMA_ROWS ? group - firstInGroup : ATTEND_MMA_ROWS;
        return true;
      }
      index -= __shfl_sync(0xffffffffu, end, 31);
    }
    return false;
  }
};

template <int HEAD>
DEVICE void writePartials(const AttendArguments& arguments, const DecodeWork& work, const AttendRows<HEAD>& rows) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = lane / 4 + 8 * half;
    if (row < work.heads) {
      size_t split = static_cast<size_t>(work.entry) * arguments.splits + work.split;
      float* to = arguments.partials + (split * arguments.heads + work.firstHead + row) * (arguments.headSize + 2);
#pragma unroll
      for (int j = 0; j < HEAD / 8; j++) {
        int element = 8 * j + lane % 4 * 2;
        if (element < arguments.headSize) {
          *reinterpret_cast<TwoFloats*>(to + element) = {rows.sums[j][2 * half], rows.sums[j][2 * half + 1]};
        }
      }
      if (lane % 4 == 0) {
        *reinterpret_cast<TwoFloats*>(to + arguments.headSize) = {rows.parts[half].maximum, rows.parts[half].weight};
      }
    }
  }
}

template <int HEAD, bool SLABS>
DEVICE void attendSplit(const AttendArguments& arguments, const DecodeWork& work, uint8_t* shared) {
  constexpr int STAGES = ATTEND_MMA_DECODE_STAGES;
  constexpr int OPERAND_BYTES = attendStepBytes(HEAD);
  int splitFirst = work.split * ATTEND_SPLIT_TOKENS;
  int end = work.position + 1;
  end = end < splitFirst + ATTEND_SPLIT_TOKENS ? end : splitFirst + ATTEND_SPLIT_TOKENS;
  int steps = (end - splitFirst + ATTEND_STEP_TOKENS - 1) / ATTEND_STEP_TOKENS;
  auto keysOf = [&](int step) { return shared + step % STAGES * (2 * OPERAND_BYTES); };
  PageSteps<ATTEND_MMA_DECODE_THREADS, HEAD, SLABS> pages(arguments, work.sequence, work.kvHead, end);
  auto copyKeys = [&](int step) {
    if (step < steps) {
      pages.copyKeys(keysOf(step), splitFirst + step * ATTEND_STEP_TOKENS);
    }
    copyAsyncCommit();
  };
  auto copyValues = [&](int step) {
    if (step < steps) {
      pages.copyValues(keysOf(step) + OPERAND_BYTES, splitFirst + step * ATTEND_STEP_TOKENS);
    }
    copyAsyncCommit();
  };
  pages.lookUp(splitFirst);
  pages.enter(splitFirst);
  for (int step = 0; step < STAGES; step++) {
    copyKeys(step);
    copyValues(step);
  }

  AttendRows<HEAD> rows;
  rows.clear();
  int across = tilesAcross(arguments.heads * arguments.headSize);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = threadIdx.x / 4 + 8 * half;
    int column = (work.firstHead + row) * arguments.headSize;
    rows.loadQuery(half, arguments.queries, across, arguments.headSize, row < work.heads, work.token, column);
    rows.place(half, row < work.heads ? work.position : -1);
  }
#pragma unroll 1
  for (int step = 0; step < steps; step++) {
    int first = splitFirst + step * ATTEND_STEP_TOKENS;
    uint32_t keys = sharedAddress(keysOf(step));
    float scores[8][4];
    uint32_t weights[4][4];
    copyAsyncWait<2 * STAGES - 1>();
    __syncwarp();
    rows.multiplyKeys(scores, keys);
    __syncwarp();
    copyKeys(step + STAGES);
    bool masked = first + ATTEND_STEP_TOKENS - 1 > work.position;
    if (masked) {
      rows.template weigh<true>(weights, scores, first, arguments.scaleLog2);
    } else {
      rows.template weigh<false>(weights, scores, first, arguments.scaleLog2);
    }
    copyAsyncWait<2 * STAGES - 1>();
    __syncwarp();
    if (masked) {
      rows.template addValues<true>(weights, keys + OPERAND_BYTES, first);
    } else {
      rows.template addValues<false>(weights, keys + OPERAND_BYTES, first);
    }
    __syncwarp();
    copyValues(step + STAGES);
  }
  rows.finishSplit();
  writePartials(arguments, work, rows);
}

template <int HEAD, bool SLABS>
DEVICE void attendDecode(const AttendArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  DecodeWork work;
  for (int index = blockIdx.x; work.find(arguments, index); index += gridDim.x) {
    attendSplit<HEAD, SLABS>(arguments, work, shared);
  }
}

// Logits with their tokens as 64-bit keys, whose ascending order is the order of SamplingBatch: the largest logit
// first, the lowest id first among equals. And what one block of SAMPLE_THREADS threads does with keys: the first of
// all, those that pass a limit, the value at a rank, sorting.
//
// Everything here is called by all threads of the block together.
#pragma once

#include <cmath>

#include "splitmix.cuh"

using Key = uint64_t;

constexpr int SAMPLE_THREADS = 1024;
constexpr int SORT_KEYS = 4096;  // sorted in shared memory at once
constexpr Key LAST_KEY = ~Key{0};

// The upper half of a logit's key. NaN counts as -infinity, and -0 equals +0.
DEVICE uint32_t orderOfLogit(float logit) {
  uint32_t bits = floatBits(logit == logit ? logit + 0.0f : -INFINITY);
  return bits & 0x80000000u ? bits : ~(bits | 0x80000000u);
}

DEVICE Key keyOf(float logit, int token) {
  return static_cast<Key>(orderOfLogit(logit)) << 32 | static_cast<uint32_t>(token);
}

DEVICE float logitOf(Key key) {
  auto order = static_cast<uint32_t>(key >> 32);
  return floatOfBits(order & 0x80000000u ? order : ~order & 0x7FFFFFFFu);
}

DEVICE int tokenOf(Key key) { return static_cast<int>(static_cast<uint32_t>(key)); }

// Shared memory of the block.
struct SampleShared {
  Key keys[SORT_KEYS];
  Key warpKeys[SAMPLE_THREADS / 32];
  int bins[256];
  int groups[16];
  int count;
  uint32_t prefix;
  int rank;
};

// The smallest key of the block.
DEVICE Key firstKey(SampleShared& shared, Key key) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    Key other = __shfl_xor_sync(0xffffffffu, key, distance);
    key = other < key ? other : key;
  }
  __syncthreads();
  if (threadIdx.x % 32 == 0) {
    shared.warpKeys[threadIdx.x / 32] = key;
  }
  __syncthreads();
  for (int warp = 0; warp < SAMPLE_THREADS / 32; warp++) {
    key = shared.warpKeys[warp] < key ? shared.warpKeys[warp] : key;
  }
  return key;
}

// Writes every key of load(0) .. load(count - 1) whose upper half is at most `limit` to `kept`, in any order, and
// returns how many there are.
template <class Load>
DEVICE int keepKeys(SampleShared& shared, int count, uint32_t limit, Key* kept, Load load) {
  __syncthreads();
  if (threadIdx.x == 0) {
    shared.count = 0;
  }
  __syncthreads();
  int lane = threadIdx.x % 32;
  for (int first = 0; first < count; first += SAMPLE_THREADS) {
    int i = first + static_cast<int>(threadIdx.x);
    Key key = i < count ? load(i) : LAST_KEY;
    bool keeps = i < count && static_cast<uint32_t>(key >> 32) <= limit;
    uint32_t keepers = __ballot_sync(0xffffffffu, keeps);
    int place = 0;
    if (lane == 0 && keepers != 0) {
      place = atomicAdd(&shared.count, __popc(keepers));
    }
    place = __shfl_sync(0xffffffffu, place, 0) + __popc(keepers & ((1u << lane) - 1));
    if (keeps) {
      kept[place] = key;
    }
  }
  __syncthreads();
  return shared.count;
}

// The upper half of the key at rank `rank` (from 0) of `count` keys: eight bits after the other.
DEVICE uint32_t orderAtRank(SampleShared& shared, const Key* keys, int count, int rank) {
  uint32_t prefix = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    __syncthreads();
    if (threadIdx.x < 256) {
      shared.bins[threadIdx.x] = 0;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += SAMPLE_THREADS) {
      auto order = static_cast<uint32_t>(keys[i] >> 32);
      if ((static_cast<uint64_t>(order ^ prefix) >> (shift + 8)) == 0) {
        atomicAdd(&shared.bins[order >> shift & 255], 1);
      }
    }
    __syncthreads();
    if (threadIdx.x < 16) {
      int sum = 0;
      for (int i = 0; i < 16; i++) {
        sum += shared.bins[threadIdx.x * 16 + i];
      }
      shared.groups[threadIdx.x] = sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int bin = 0;
      while (rank >= shared.groups[bin / 16]) {
        rank -= shared.groups[bin / 16];
        bin += 16;
      }
      while (rank >= shared.bins[bin]) {
        rank -= shared.bins[bin++];
      }
      shared.prefix = prefix | static_cast<uint32_t>(bin) << shift;
      shared.rank = rank;
    }
    __syncthreads();
    prefix = shared.prefix;
    rank = shared.rank;
  }
  return prefix;
}

DEVICE void orderPair(Key& low, Key& high, bool ascending) {
  Key first = low;
  Key second = high;
  if ((first > second) == ascending) {
    low = second;
    high = first;
  }
}

// The steps of a bitonic merge of runs of `run` keys at distances of at most half of SORT_KEYS, in shared memory, for
// runs from `firstRun` to `lastRun`.
DEVICE void mergeShared(SampleShared& shared, Key* keys, int padded, int firstRun, int lastRun) {
  int chunk = padded < SORT_KEYS ? padded : SORT_KEYS;
  for (int from = 0; from < padded; from += chunk) {
    __syncthreads();
    for (int i = threadIdx.x; i < chunk; i += SAMPLE_THREADS) {
      shared.keys[i] = keys[from + i];
    }
    for (int run = firstRun; run <= lastRun; run *= 2) {
      for (int distance = (run < chunk ? run : chunk) / 2; distance > 0; distance /= 2) {
        __syncthreads();
        for (int pair = threadIdx.x; pair < chunk / 2; pair += SAMPLE_THREADS) {
          int i = 2 * pair - (pair & (distance - 1));
          orderPair(shared.keys[i], shared.keys[i + distance], ((from + i) & run) == 0);
        }
      }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < chunk; i += SAMPLE_THREADS) {
      keys[from + i] = shared.keys[i];
    }
  }
}

// Sorts `count` keys by Batcher's bitonic sort. `keys` has room for the next power of two.
DEVICE void sortKeys(SampleShared& shared, Key* keys, int count) {
  int padded = 2;
  while (padded < count) {
    padded *= 2;
  }
  __syncthreads();
  for (int i = count + threadIdx.x; i < padded; i += SAMPLE_THREADS) {
    keys[i] = LAST_KEY;
  }
  mergeShared(shared, keys, padded, 2, padded < SORT_KEYS ? padded : SORT_KEYS);
  for (int run = 2 * SORT_KEYS; run <= padded; run *= 2) {
    for (int distance = run / 2; distance >= SORT_KEYS; distance /= 2) {
      __syncthreads();
      for (int pair = threadIdx.x; pair < padded / 2; pair += SAMPLE_THREADS) {
        int i = 2 * pair - (pair & (distance - 1));
        orderPair(keys[i], keys[i + distance], (i & run) == 0);
      }
    }
    mergeShared(shared, keys, padded, run, run);
  }
  __syncthreads();
}

#include "sampling.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include "cpu_features.h"
#include "sampling_scan.h"

namespace swiftkv {
namespace {

constexpr float INFINITE = std::numeric_limits<float>::infinity();

float largestLogit(const float* logits, int64_t count) {
  return activeIsa() >= Isa::AVX512 ? avx512::largestLogit(logits, count) : avx2::largestLogit(logits, count);
}

int64_t firstAtLeast(const float* logits, int64_t count, float limit) {
  return activeIsa() >= Isa::AVX512 ? avx512::firstAtLeast(logits, count, limit)
                                    : avx2::firstAtLeast(logits, count, limit);
}

// Takes away the tokens that a constraint forbids.
void restrict(float* logits, int64_t vocabulary, const SamplingView& sampling, int64_t row) {
  if (sampling.allowedStarts[row] < 0) {
    return;
  }
  constexpr int64_t BITS = 64;
  const uint64_t* words = sampling.allowedWords + sampling.allowedStarts[row];
  for (int64_t from = 0; from < vocabulary; from += BITS) {
    uint64_t word = words[from / BITS];
    int64_t count = std::min(BITS, vocabulary - from);
    if (word == 0) {
      std::fill_n(logits + from, count, -INFINITE);
    } else if (~word != 0) {
      for (int64_t i = 0; i < count; i++) {
        logits[from + i] = (word >> i & 1) != 0 ? logits[from + i] : -INFINITE;
      }
    }
  }
}

void penalize(float* logits, const SamplingView& sampling, int64_t row) {
  float penalty = sampling.penalties[row];
  for (int32_t i = sampling.penalizedStarts[row]; i < sampling.penalizedStarts[row + 1]; i++) {
    float& logit = logits[sampling.penalizedTokens[i]];
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
}

// The noise of a row, uniform in [0, 1).
double uniform(int64_t seed, int32_t counter) {
  uint64_t bits = static_cast<uint64_t>(seed) + 0x9E3779B97F4A7C15u * (static_cast<uint64_t>(counter) + 1);
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
  bits ^= bits >> 31;
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

// An order key: the upper half falls as the logit rises, the lower half is the id. -0 is +0.
uint64_t keyOf(float logit, int64_t token) {
  float value = logit + 0.0f;
  int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  uint32_t ascending = static_cast<uint32_t>(bits ^ (bits >> 31 & 0x7FFFFFFF)) ^ 0x80000000u;
  return static_cast<uint64_t>(~ascending) << 32 | static_cast<uint64_t>(token);
}

// Sorts keys whose ids ascend already: three passes over the upper half, 11 bits each.
void radixSort(std::vector<uint64_t>& keys, std::vector<uint64_t>& other) {
  constexpr int32_t DIGITS = 2048;
  other.resize(keys.size());
  for (int32_t shift = 32; shift < 64; shift += 11) {
    size_t starts[DIGITS + 1] = {};
    for (uint64_t key : keys) {
      starts[(key >> shift) % DIGITS + 1]++;
    }
    for (int32_t i = 0; i < DIGITS; i++) {
      starts[i + 1] += starts[i];
    }
    for (uint64_t key : keys) {
      other[starts[(key >> shift) % DIGITS]++] = key;
    }
    keys.swap(other);
  }
}

// Steps 4 to 7 of SamplingBatch for one row.
//
// Tokens are sorted only if they can count. Weights fall in sorted order from 1, and every sum has at least the first:
// a weight below 2^-54 changes no F64 sum after it, so tokens that far below the largest never take part in the
// choice. Where rounding asks for the last token of all, everything is sorted after all.
class Draw {
 public:
  int32_t choose(const float* logits, int64_t vocabulary, const SamplingView& sampling, int64_t row) {
    most_ = largestLogit(logits, vocabulary);
    if (std::isinf(most_)) {
      return most_ < 0 ? sampling.firstAllowed[row] : static_cast<int32_t>(firstAtLeast(logits, vocabulary, most_));
    }
    double temperature = sampling.temperatures[row];
    double lowest = most_ - 37.5 * temperature;  // ln 2^-54 is -37.43
    int64_t allowed = sampling.topKs[row] == 0 ? vocabulary : std::min<int64_t>(sampling.topKs[row], vocabulary);
    int32_t token = choose(logits, vocabulary, allowed, static_cast<float>(lowest), sampling, row);
    return token >= 0 ? token : choose(logits, vocabulary, allowed, -INFINITE, sampling, row);
  }

 private:
  // -1 where a token below `lowest` is asked for.
  int32_t choose(const float* logits, int64_t vocabulary, int64_t allowed, float lowest, const SamplingView& sampling,
                 int64_t row) {
    sortFrom(logits, vocabulary, lowest, allowed);
    int64_t sorted = std::min<int64_t>(allowed, static_cast<int64_t>(keys_.size()));
    weights_.resize(sorted);
    double total = 0;
    for (int64_t i = 0; i < sorted; i++) {
      double logit = std::isnan(logits[token(i)]) ? -INFINITE : logits[token(i)];
      weights_[i] = std::exp((logit - most_) / static_cast<double>(sampling.temperatures[row]));
      total += weights_[i];
    }
    int64_t kept = keepTopP(allowed, sorted, static_cast<double>(sampling.topPs[row]) * total, sampling.topPs[row]);
    kept = keepMinP(kept, sorted, sampling.minPs[row]);
    int64_t place = pick(kept, sorted, uniform(sampling.seeds[row], sampling.counters[row]));
    return place < sorted ? token(place) : -1;
  }

  int32_t token(int64_t place) const { return static_cast<int32_t>(keys_[place] & 0xFFFFFFFFu); }

  // Fills keys_ with the tokens from `lowest` up, the first `wanted` of them in order.
  void sortFrom(const float* logits, int64_t vocabulary, float lowest, int64_t wanted) {
    constexpr size_t FEW = 1024;
    float limit = std::max(lowest, limitOf(logits, vocabulary, wanted));
    bool all = limit == -INFINITE;
    keys_.clear();
    for (int64_t from = 0; from < vocabulary; from += RUN) {
      if (all || runMaxima_[from / RUN] >= limit) {
        for (int64_t i = from; i < std::min(from + RUN, vocabulary); i++) {
          if (all || logits[i] >= limit) {
            keys_.push_back(keyOf(std::isnan(logits[i]) ? -INFINITE : logits[i], i));
          }
        }
      }
    }
    bool more = static_cast<size_t>(wanted) < keys_.size();
    if (more) {
      std::nth_element(keys_.begin(), keys_.begin() + wanted, keys_.end());
      keys_.resize(wanted);
    }
    if (more || keys_.size() <= FEW) {
      std::sort(keys_.begin(), keys_.end());
    } else {
      radixSort(keys_, other_);
    }
  }

  // Finds the largest logit of each run of tokens, and from them a limit that at least `wanted` tokens reach.
  float limitOf(const float* logits, int64_t vocabulary, int64_t wanted) {
    runMaxima_.clear();
    for (int64_t from = 0; from < vocabulary; from += RUN) {
      runMaxima_.push_back(largestLogit(logits + from, std::min(RUN, vocabulary - from)));
    }
    if (wanted > static_cast<int64_t>(runMaxima_.size())) {
      return -INFINITE;
    }
    sortedMaxima_ = runMaxima_;
    auto last = sortedMaxima_.begin() + wanted - 1;
    std::nth_element(sortedMaxima_.begin(), last, sortedMaxima_.end(), std::greater<float>());
    return *last;
  }

  int64_t keepTopP(int64_t allowed, int64_t sorted, double enough, float topP) const {
    double cumulated = 0;
    for (int64_t i = 0; topP < 1 && i < sorted; i++) {
      cumulated += weights_[i];
      if (cumulated >= enough) {
        return i + 1;
      }
    }
    return allowed;
  }

  // Weights behind the sorted ones are taken for 0 where minP is above 0; below 2^-54 is close enough.
  int64_t keepMinP(int64_t kept, int64_t sorted, double minP) const {
    int64_t left = kept > sorted && minP > 0 ? sorted : kept;
    while (left > 1 && left <= sorted && weights_[left - 1] < minP * weights_[0]) {
      left--;
    }
    return left;
  }

  int64_t pick(int64_t kept, int64_t sorted, double noise) const {
    int64_t counted = std::min(kept, sorted);
    double total = 0;
    for (int64_t i = 0; i < counted; i++) {
      total += weights_[i];
    }
    double cumulated = 0;
    for (int64_t i = 0; i < counted; i++) {
      cumulated += weights_[i];
      if (cumulated > noise * total) {
        return i;
      }
    }
    return kept - 1;
  }

  static constexpr int64_t RUN = 64;

  float most_ = 0;
  std::vector<float> runMaxima_;     // largest logit of each RUN tokens
  std::vector<float> sortedMaxima_;  // the same, out of order
  std::vector<uint64_t> keys_;
  std::vector<uint64_t> other_;
  std::vector<double> weights_;
};

int32_t greedy(const float* logits, int64_t vocabulary, int32_t firstAllowed) {
  float most = largestLogit(logits, vocabulary);
  return most == -INFINITE ? firstAllowed : static_cast<int32_t>(firstAtLeast(logits, vocabulary, most));
}

thread_local Draw draw;

}  // namespace

void sample(float* logits, int64_t vocabulary, const SamplingView& sampling, int32_t* tokens) {
#pragma omp parallel for schedule(dynamic) if (sampling.rowCount > 1 && !omp_in_parallel())
  for (int64_t row = 0; row < sampling.rowCount; row++) {
    float* own = logits + row * vocabulary;
    restrict(own, vocabulary, sampling, row);
    penalize(own, sampling, row);
    tokens[row] = sampling.temperatures[row] == 0 ? greedy(own, vocabulary, sampling.firstAllowed[row])
                                                  : draw.choose(own, vocabulary, sampling, row);
  }
}

}  // namespace swiftkv

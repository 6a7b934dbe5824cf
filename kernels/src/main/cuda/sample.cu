// tokens[r] = the choice for row r of the logits, as SamplingBatch defines it.
//
//   logits    f32 [rows, vocabulary]; penalized ones, and those of tokens not allowed, are changed in place
//   scratch   SAMPLE_SCRATCH_BYTES_PER_TOKEN * vocabulary bytes a row, aligned to 8 bytes: keys twice and f64 weights
//
//   sample
//     grid      rows
//     threads   SAMPLE_THREADS (1,024)
//     shared    none beyond the static
//
// Greedy rows are one pass over the logits. Others sort candidates only: tokens that top-k can keep, and whose weight
// is not below 2^-53. The largest weight is 1, so that every sum of weights in sorted order is at least 1, and weights
// from there on leave it as it is: the choice is that of all tokens, except where the noise is so close to 1 that the
// last token kept is taken. Then the row is done once more with all tokens. Sums are f64, in sorted order, by one
// thread.
//
// CPU reference: ScalarSampler.
#include "arguments.cuh"
#include "sample_keys.cuh"

namespace {

constexpr int UNDECIDED = -1;
constexpr int SUM_STEP = SORT_KEYS;  // as many f64 as keys fit in shared memory

// Takes away the tokens that a constraint forbids.
DEVICE void restrictTokens(const SampleArguments& arguments, const SamplingRow& row, float* logits) {
  if (row.firstAllowedWord < 0) {
    return;
  }
  const uint64_t* words = arguments.allowedWords + row.firstAllowedWord;
  for (int token = threadIdx.x; token < arguments.vocabulary; token += SAMPLE_THREADS) {
    if ((words[token / 64] >> (token % 64) & 1) == 0) {
      logits[token] = -INFINITY;
    }
  }
  __syncthreads();
}

DEVICE void penalize(const SampleArguments& arguments, const SamplingRow& row, float* logits) {
  for (int i = row.firstPenalized + static_cast<int>(threadIdx.x); i < row.endPenalized; i += SAMPLE_THREADS) {
    float& logit = logits[arguments.penalizedTokens[i]];
    logit = logit > 0.0f ? logit / row.repetitionPenalty : logit * row.repetitionPenalty;
  }
  __syncthreads();
}

struct alignas(16) FourLogits {
  float values[4];
};

DEVICE Key largest(SampleShared& shared, const float* logits, int vocabulary) {
  Key first = LAST_KEY;
  auto consider = [&](float logit, int token) {
    Key key = keyOf(logit, token);
    first = key < first ? key : first;
  };
  if (vocabulary % 4 == 0) {
#pragma unroll 4
    for (int token = threadIdx.x * 4; token < vocabulary; token += SAMPLE_THREADS * 4) {
      FourLogits four = *reinterpret_cast<const FourLogits*>(logits + token);
#pragma unroll
      for (int e = 0; e < 4; e++) {
        consider(four.values[e], token + e);
      }
    }
  } else {
    for (int token = threadIdx.x; token < vocabulary; token += SAMPLE_THREADS) {
      consider(logits[token], token);
    }
  }
  return firstKey(shared, first);
}

// The choice among the first tokens in sorted order; all threads of the block together.
class Draw {
 public:
  DEVICE Draw(SampleShared& shared, const SamplingRow& row, const float* logits, int vocabulary, Key first,
              void* scratch)
      : shared_(shared),
        row_(row),
        logits_(logits),
        vocabulary_(vocabulary),
        most_(logitOf(first)),
        keys_(static_cast<Key*>(scratch)),
        weights_(reinterpret_cast<double*>(keys_ + 2 * static_cast<size_t>(vocabulary))),
        limit_(row.topK == 0 || row.topK > vocabulary ? vocabulary : row.topK) {}

  DEVICE int choose() {
    // e^-37.5 is well below 2^-53, whatever rounding does.
    auto least = static_cast<float>(most_ - 37.5 * row_.temperature);
    int token = chooseAmong(orderOfLogit(least));
    return token == UNDECIDED ? chooseAmong(LAST_ORDER) : token;
  }

 private:
  static constexpr uint32_t LAST_ORDER = 0xFFFFFFFFu;

  // Sorts the tokens whose order is at most `order`, and chooses if they suffice.
  DEVICE int chooseAmong(uint32_t order) {
    const Key* sorted = sortCandidates(order);
    int candidates = candidates_ < limit_ ? candidates_ : limit_;
    cumulate(sorted, candidates);
    double total = weights_[candidates - 1];
    // Tokens past the candidates have no weight that shows, but count among those kept.
    int kept = limit_;
    if (row_.topP < 1.0f) {
      int enough = firstPlace(candidates, [&](double sum) { return sum >= row_.topP * total; });
      kept = enough < candidates ? enough + 1 : limit_;
    }
    int seen = kept < candidates ? kept : candidates;
    int left = keepMinP(sorted, seen);
    bool all = seen == kept || left < seen;
    double target = uniformNoise(row_.seed, row_.counter) * weights_[left - 1];
    int place = firstPlace(left, [&](double sum) { return sum > target; });
    if (place < left) {
      return tokenOf(sorted[place]);
    }
    return all ? tokenOf(sorted[left - 1]) : UNDECIDED;
  }

  DEVICE const Key* sortCandidates(uint32_t order) {
    candidates_ = keepKeys(shared_, vocabulary_, order, keys_, [&](int token) { return keyOf(logits_[token], token); });
    Key* sorted = keys_;
    if (candidates_ > SORT_KEYS && limit_ < candidates_) {
      // Equals of the last one kept come along; sorting puts them in their place.
      uint32_t last = orderAtRank(shared_, keys_, candidates_, limit_ - 1);
      sorted = keys_ + vocabulary_;
      candidates_ = keepKeys(shared_, candidates_, last, sorted, [&](int i) { return keys_[i]; });
    }
    sortKeys(shared_, sorted, candidates_);
    return sorted;
  }

  DEVICE double weightOf(Key key) const { return exp((static_cast<double>(logitOf(key)) - most_) / row_.temperature); }

  // weights_[i] = the sum of the weights 0 .. i, added one after the other.
  DEVICE void cumulate(const Key* sorted, int count) {
    auto* staged = reinterpret_cast<double*>(shared_.keys);
    double sum = 0;
    for (int first = 0; first < count; first += SUM_STEP) {
      int step = count - first < SUM_STEP ? count - first : SUM_STEP;
      __syncthreads();
      for (int i = threadIdx.x; i < step; i += SAMPLE_THREADS) {
        staged[i] = weightOf(sorted[first + i]);
      }
      __syncthreads();
      if (threadIdx.x == 0) {
#pragma unroll 4
        for (int i = 0; i < step; i++) {
          sum += staged[i];
          staged[i] = sum;
        }
      }
      __syncthreads();
      for (int i = threadIdx.x; i < step; i += SAMPLE_THREADS) {
        weights_[first + i] = staged[i];
      }
    }
    __syncthreads();
  }

  // The first of `count` places whose sum fits; `count` if none does. Sums ascend.
  template <class Fits>
  DEVICE int firstPlace(int count, Fits fits) const {
    int from = 0;
    int to = count;
    while (from < to) {
      int middle = (from + to) / 2;
      if (fits(weights_[middle])) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from;
  }

  // How many of the first `kept` are left when those at the end whose weight is too small are dropped; at least one.
  DEVICE int keepMinP(const Key* sorted, int kept) {
    if (row_.minP == 0.0f) {
      return kept;
    }
    double least = static_cast<double>(row_.minP) * weightOf(sorted[0]);
    int last = 0;
    for (int i = threadIdx.x; i < kept; i += SAMPLE_THREADS) {
      last = weightOf(sorted[i]) < least ? last : i;
    }
    // The first key is the largest place, upside down.
    return static_cast<int>(~firstKey(shared_, ~static_cast<Key>(last))) + 1;
  }

  SampleShared& shared_;
  const SamplingRow& row_;
  const float* logits_;
  int vocabulary_;
  double most_;
  Key* keys_;
  double* weights_;
  int limit_;
  int candidates_ = 0;
};

}  // namespace

KERNEL(SAMPLE_THREADS, sample, SampleArguments) {
  SHARED SampleShared shared;
  const SamplingRow row = arguments.samplingRows[blockIdx.x];
  float* logits = arguments.logits + static_cast<size_t>(blockIdx.x) * arguments.vocabulary;
  restrictTokens(arguments, row, logits);
  penalize(arguments, row, logits);
  Key first = largest(shared, logits, arguments.vocabulary);
  float most = logitOf(first);
  int token = most == -INFINITY ? row.firstAllowed : tokenOf(first);
  if (row.temperature != 0.0f && most != INFINITY && most != -INFINITY) {
    size_t scratchBytes = static_cast<size_t>(SAMPLE_SCRATCH_BYTES_PER_TOKEN) * arguments.vocabulary;
    void* scratch = static_cast<uint8_t*>(arguments.scratch) + blockIdx.x * scratchBytes;
    token = Draw(shared, row, logits, arguments.vocabulary, first, scratch).choose();
  }
  if (threadIdx.x == 0) {
    arguments.tokens[blockIdx.x] = token;
  }
}

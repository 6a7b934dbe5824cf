// The kernel `sample` against the definition in SamplingBatch: sorted tokens, float64 weights, every option.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "arguments.cuh"
#include "launch.h"
#include "sample_keys.cuh"

namespace checks {
namespace {

// Steps 1 to 7 of SamplingBatch, plainly.
int expected(std::vector<float> logits, const SamplingRow& row, const std::vector<int>& penalized,
             const std::vector<uint64_t>& allowedWords) {
  int vocabulary = static_cast<int>(logits.size());
  for (int token = 0; row.firstAllowedWord >= 0 && token < vocabulary; token++) {
    bool allowed = (allowedWords[row.firstAllowedWord + token / 64] >> token % 64 & 1) != 0;
    logits[token] = allowed ? logits[token] : -INFINITY;
  }
  for (int token : penalized) {
    float& logit = logits[token];
    logit = logit > 0 ? logit / row.repetitionPenalty : logit * row.repetitionPenalty;
  }
  for (float& logit : logits) logit = std::isnan(logit) ? -INFINITY : logit;
  std::vector<int> order(vocabulary);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
  double most = logits[order[0]];
  if (most == -INFINITY) return row.firstAllowed;
  if (row.temperature == 0 || std::isinf(most)) return order[0];
  int kept = row.topK == 0 ? vocabulary : std::min(row.topK, vocabulary);
  std::vector<double> weights(kept);
  double total = 0;
  for (int i = 0; i < kept; i++) total += weights[i] = std::exp((logits[order[i]] - most) / row.temperature);
  if (row.topP < 1) {
    double enough = row.topP * total;
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      sum += weights[i];
      if (sum >= enough) kept = i + 1;
    }
  }
  while (kept > 1 && weights[kept - 1] < static_cast<double>(row.minP) * weights[0]) kept--;
  total = std::accumulate(weights.begin(), weights.begin() + kept, 0.0);
  // The noise, written out.
  uint64_t bits = static_cast<uint64_t>(row.seed) + 0x9E3779B97F4A7C15u * (static_cast<uint64_t>(row.counter) + 1);
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
  bits ^= bits >> 31;
  double target = static_cast<double>(bits >> 11) * 0x1p-53 * total;
  double sum = 0;
  for (int i = 0; i < kept - 1; i++) {
    sum += weights[i];
    if (sum > target) return order[i];
  }
  return order[kept - 1];
}

// Rows with all kinds of options, over logits of a few kinds.
void check(int vocabulary, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<SamplingRow> rows;
  std::vector<int> penalized;
  std::vector<uint64_t> allowedWords;
  int wordsPerRow = (vocabulary + 63) / 64;
  for (float temperature : {0.0f, 0.7f, 5.0f}) {
    for (int topK : {0, 1, 7, vocabulary / 2}) {
      for (float topP : {1.0f, 0.9f, 0.3f}) {
        SamplingRow row = {temperature,
                           topP,
                           rows.size() % 3 == 1 ? 0.1f : 0.0f,
                           1.5f,
                           static_cast<int64_t>(random()),
                           topK,
                           static_cast<int>(random() % 1000),
                           static_cast<int>(penalized.size()),
                           0,
                           -1,
                           0};
        if (rows.size() % 4 == 2) {
          // Every fifth of these rows has one token only, whose logit may be NaN.
          row.firstAllowedWord = static_cast<int>(allowedWords.size());
          row.firstAllowed = static_cast<int>(random() % vocabulary);
          allowedWords.resize(allowedWords.size() + wordsPerRow);
          for (int token = row.firstAllowed; token < vocabulary; token++) {
            bool allowed = token == row.firstAllowed || (rows.size() % 5 != 0 && random() % 3 == 0);
            allowedWords[row.firstAllowedWord + token / 64] |= static_cast<uint64_t>(allowed) << token % 64;
          }
        }
        for (int i = 0; i < 5; i++) penalized.push_back((i * 1237 + 31 * static_cast<int>(rows.size())) % vocabulary);
        row.endPenalized = static_cast<int>(penalized.size());
        rows.push_back(row);
      }
    }
  }
  std::vector<float> logits(rows.size() * vocabulary);
  for (size_t i = 0; i < logits.size(); i++) {
    // Many equal ones.
    logits[i] = i % 17 == 3 ? std::numeric_limits<float>::quiet_NaN() : std::round(normal(random) * 8) / 8;
  }
  std::vector<int> tokens(rows.size(), -1);
  std::vector<int64_t> scratch(rows.size() * vocabulary * SAMPLE_SCRATCH_BYTES_PER_TOKEN / 8);
  std::vector<float> changed = logits;
  SampleArguments arguments = {changed.data(), rows.data(),   penalized.data(), allowedWords.data(), tokens.data(), scratch.data(),
                               static_cast<int>(rows.size()), vocabulary};
  launch("sample", static_cast<int>(rows.size()), SAMPLE_THREADS, 0, arguments, seed);
  for (size_t r = 0; r < rows.size(); r++) {
    std::vector<float> own(logits.begin() + r * vocabulary, logits.begin() + (r + 1) * vocabulary);
    std::vector<int> tokensOfRow(penalized.begin() + rows[r].firstPenalized, penalized.begin() + rows[r].endPenalized);
    int wanted = expected(own, rows[r], tokensOfRow, allowedWords);
    require(tokens[r] == wanted, "vocabulary %d, row %zu (temperature %g, top-k %d, top-p %g): token %d instead of %d",
            vocabulary, r, rows[r].temperature, rows[r].topK, rows[r].topP, tokens[r], wanted);
  }
}

}  // namespace
}  // namespace checks

int main() {
  checks::check(257, 1);
  checks::check(1500, 2);
  checks::check(9001, 3);
  return 0;
}

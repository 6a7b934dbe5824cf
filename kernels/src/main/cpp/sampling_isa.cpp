#include "sampling_scan.h"
#include "vectors.h"

namespace swiftkv::SWIFTKV_ISA {

float largestLogit(const float* logits, int64_t count) {
  constexpr int64_t VECTORS = 4;  // so that one maximum does not wait for the one before
  Vec most[VECTORS];
  for (Vec& vector : most) {
    vector = all(-std::numeric_limits<float>::infinity());
  }
  int64_t i = 0;
  for (; i + VECTORS * LANES <= count; i += VECTORS * LANES) {
    for (int64_t v = 0; v < VECTORS; v++) {
      most[v] = larger(load(logits + i + v * LANES), most[v]);
    }
  }
  float result = largest(larger(larger(most[0], most[1]), larger(most[2], most[3])));
  for (; i < count; i++) {
    result = logits[i] > result ? logits[i] : result;
  }
  return result;
}

int64_t firstAtLeast(const float* logits, int64_t count, float limit) {
  constexpr int64_t RUN = 1024;  // scanned without a way out, which the compiler turns into vectors
  int64_t start = 0;
  for (; start + RUN <= count; start += RUN) {
    int32_t found = 0;
    for (int64_t i = start; i < start + RUN; i++) {
      found |= logits[i] >= limit;
    }
    if (found != 0) {
      break;
    }
  }
  while (start < count && !(logits[start] >= limit)) {
    start++;
  }
  return start;
}

}  // namespace swiftkv::SWIFTKV_ISA

// Scans over a row of logits, once per instruction set. Private to sampling.cpp and sampling_isa.cpp.
#pragma once

#include <cstdint>

namespace swiftkv {

#define SWIFTKV_SAMPLING_SCAN(ISA)                                               \
  namespace ISA {                                                                \
  /* The largest logit, NaN left out; -infinity if nothing is left. */           \
  float largestLogit(const float* logits, int64_t count);                        \
  /* The first logit that is at least a limit, or count if there is none. */     \
  int64_t firstAtLeast(const float* logits, int64_t count, float limit);         \
  }

SWIFTKV_SAMPLING_SCAN(avx2)
SWIFTKV_SAMPLING_SCAN(avx512)
#undef SWIFTKV_SAMPLING_SCAN

}  // namespace swiftkv

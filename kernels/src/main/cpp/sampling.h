// The choice of the next token. Reference: ScalarOps.sample; the rules are in dev.swiftkv.kernels.SamplingBatch.
#pragma once

#include "views.h"

namespace swiftkv {

// logits: [rows, vocabulary], changed in place where the repetition penalty applies. tokens: [rows].
void sample(float* logits, int64_t vocabulary, const SamplingView& sampling, int32_t* tokens);

}  // namespace swiftkv

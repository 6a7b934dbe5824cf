// Ragged paged attention. Reference: ScalarOps.attend.
#pragma once

#include "views.h"

namespace swiftkv {

// out[t, :] = softmax(q[t] k[0..p] / sqrt(headSize)) v[0..p] per query head, p = positions[t].
// queries and out: [tokens, heads * headSize] of `compute`; they must not overlap.
// Bitwise: row t depends on row t of the queries and on its sequence's pages only.
void attend(const void* queries, DType compute, const AttentionShape& shape, const KvPages& cache,
            const BatchView& batch, void* out);

}  // namespace swiftkv

// How attention over a long context is put together from its splits of 512 tokens, by the prefill kernels as they walk
// and by attend_combine after the decode kernels: the same operations in the same order, and so the same bits.
//
// A split of one query has, with scores s, values v and base-2 exponents relative to its own maximum,
//
//   maximum = max of scaleLog2 * s      weight = sum of 2^(scaleLog2 * s - maximum)      sums[:] = the same, times v[:]
//
// Splits are merged in ascending order; the first one is taken as it is. A split that a query does not reach has
// maximum -infinity, weight 0 and sums 0, and changes nothing but, perhaps, the sign of a zero; attendResult has only
// positive zeros.
#pragma once

#include <cmath>

#include "portable.cuh"

constexpr int ATTEND_SPLIT_TOKENS = 512;

// Splits of a query at `position`.
HOST_DEVICE int attendSplits(int position) { return position / ATTEND_SPLIT_TOKENS + 1; }

struct AttendPart {
  float maximum;
  float weight;
};

// What the sums of the parts so far and of the next one are multiplied by.
struct AttendFactors {
  float former;
  float next;
};

// What exponents are relative to: the maximum, or anything if there is none yet.
DEVICE float attendBase(float maximum) { return maximum == -INFINITY ? 0.0f : maximum; }

// Adds the next part to `all`.
DEVICE AttendFactors mergePart(AttendPart& all, const AttendPart& next) {
  float maximum = fmaxf(all.maximum, next.maximum);
  float base = attendBase(maximum);
  AttendFactors factors = {exp2Fast(__fsub_rn(all.maximum, base)), exp2Fast(__fsub_rn(next.maximum, base))};
  all.weight = __fmaf_rn(next.weight, factors.next, __fmul_rn(all.weight, factors.former));
  all.maximum = maximum;
  return factors;
}

DEVICE float mergeSum(float all, float next, const AttendFactors& factors) {
  return __fmaf_rn(next, factors.next, __fmul_rn(all, factors.former));
}

// sum / weight, given 1 / weight.
DEVICE float attendResult(float sum, float inverseWeight) { return __fadd_rn(__fmul_rn(sum, inverseWeight), 0.0f); }

// The result of the splits of a context that a consumer of attend_wgmma_prefill.cuh has closed, in shared memory. Every
// thread keeps what belongs to its own sums.
#pragma once

#include "attend_wgmma_rows.cuh"
#include "rows.cuh"

template <int HEAD>
class WgmmaSplits {
 public:
  // `shared` is for the sums of all consumers, [consumer][HEAD / 8][thread][4].
  DEVICE explicit WgmmaSplits(uint8_t* shared)
      : sums_(reinterpret_cast<FourFloats*>(shared) + (threadIdx.x / 128 - 1) * (HEAD / 8 * 128) + threadIdx.x % 128) {}

  // Adds a split to those before it.
  DEVICE void close(WgmmaRows<HEAD>& rows, const AttendPart (&part)[2], bool isFirst) {
    AttendFactors factors[2];
    if (isFirst) {
      all_[0] = part[0];
      all_[1] = part[1];
    } else {
      factors[0] = mergePart(all_[0], part[0]);
      factors[1] = mergePart(all_[1], part[1]);
    }
#pragma unroll
    for (int j = 0; j < HEAD / 8; j++) {
      FourFloats sums = {rows.sum(j, 0, 0), rows.sum(j, 0, 1), rows.sum(j, 1, 0), rows.sum(j, 1, 1)};
      if (!isFirst) {
        FourFloats former = sums_[128 * j];
#pragma unroll
        for (int e = 0; e < 4; e++) {
          sums.values[e] = mergeSum(former.values[e], sums.values[e], factors[e / 2]);
        }
      }
      sums_[128 * j] = sums;
    }
  }

  // Turns the sums of the last split into the result; `merges` if there were others.
  DEVICE void finish(WgmmaRows<HEAD>& rows, const AttendPart (&last)[2], bool merges) {
    AttendFactors factors[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
      if (merges) {
        factors[i] = mergePart(all_[i], last[i]);
      } else {
        all_[i] = last[i];
      }
    }
    float inverse[2] = {__frcp_rn(all_[0].weight), __frcp_rn(all_[1].weight)};
#pragma unroll
    for (int j = 0; j < HEAD / 8; j++) {
      FourFloats former;
      if (merges) {
        former = sums_[128 * j];
      }
#pragma unroll
      for (int e = 0; e < 4; e++) {
        float& sum = rows.sum(j, e / 2, e % 2);
        sum = attendResult(merges ? mergeSum(former.values[e], sum, factors[e / 2]) : sum, inverse[e / 2]);
      }
    }
  }

 private:
  FourFloats* sums_;
  AttendPart all_[2];
};

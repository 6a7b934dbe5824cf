// What happens to the sums of a product on their way out of registers: the epilogues of the gemm_* kernels, and the two
// formulas that separate kernels (scatter_heads, gated_activation) share with them, so that both give the same bits.
//
// A thread comes with RUNS runs of RUN consecutive outputs of one row, which the permutation of weight rows in
// layout.cuh brought together: thread t of a quad has outputs 16 t .. 16 t + 15 of a group of 64, or the half or
// quarter of them that its warp owns. `column` is the first output of run 0; run g lies 64 g outputs further on. All 32
// lanes of a warp call `finish` together, whether their rows exist or not, because it exchanges values inside quads.
//
// CPU references: ScalarOps.projectAdd, ScalarOps.gatedFfn, ScalarOps.logits; for heads see heads_epilogue.cuh.
#pragma once

#include "arguments.cuh"
#include "layout.cuh"

// One element of a rotated pair. The lower element of a pair takes its partner negated, the upper one as it is.
DEVICE float rotated(float own, float partner, float cosine, float sine) {
  return __fmaf_rn(own, cosine, __fmul_rn(partner, sine));
}

// silu(gate) * up
DEVICE float gatedUnit(float gate, float up) {
  constexpr float MINUS_LOG2_E = -1.4426950408889634f;
  float power = exp2Fast(__fmul_rn(gate, MINUS_LOG2_E));
  return __fmul_rn(__fdividef(gate, __fadd_rn(1.0f, power)), up);
}

struct alignas(16) FourFloats {
  float values[4];
};

struct alignas(16) EightBf16 {
  uint32_t pairs[4];
};

template <int RUNS, int RUN>
DEVICE void addBias(const GemmArguments& arguments, int column, float (&sums)[RUNS][RUN]) {
  if (arguments.bias == nullptr) {
    return;
  }
#pragma unroll
  for (int g = 0; g < RUNS; g++) {
#pragma unroll
    for (int i = 0; i < RUN; i++) {
      int output = column + 64 * g + i;
      if (output < arguments.outputs) {
        sums[g][i] = __fadd_rn(sums[g][i], arguments.bias[output]);
      }
    }
  }
}

// Where neighbours in a quad swap vectors of four outputs. A thread's run is 64 bytes away from its neighbour's, so
// that a store of 16 bytes a thread would fill half of each 32-byte sector it touches. After the swap, neighbours hold
// both halves of a sector in the same vector: of vectors 2 i and 2 i + 1, the first belongs to the even thread's run
// and the second to the odd thread's, and the even thread has the first half of the sector.
template <int RUN>
DEVICE void swapVectors(float (&run)[RUN]) {
  bool odd = threadIdx.x % 2 == 1;
#pragma unroll
  for (int i = 0; i + 8 <= RUN; i += 8) {
#pragma unroll
    for (int e = i; e < i + 4; e++) {
      float kept = odd ? run[e + 4] : run[e];
      float received = __shfl_xor_sync(0xffffffffu, odd ? run[e] : run[e + 4], 1);
      run[e] = odd ? received : kept;
      run[e + 4] = odd ? kept : received;
    }
  }
}

// The first output of vector `vector` of a run that begins at `column`, after swapVectors.
template <int RUN>
DEVICE int swappedColumn(int column, int vector) {
  if constexpr (RUN < 8) {
    return column + 4 * vector;
  }
  int odd = threadIdx.x % 2;
  return column - 16 * odd + 4 * (vector / 2 * 2 + odd) + 16 * (vector % 2);
}

// output[row, :] = sums + bias; with ADD, output[row, :] += sums + bias.
template <bool ADD>
struct FloatEpilogue {
  static constexpr bool ADDS = ADD;

  template <int RUNS, int RUN>
  static DEVICE void finish(const GemmArguments& arguments, int row, int column, float (&sums)[RUNS][RUN]) {
    addBias(arguments, column, sums);
    float* output = static_cast<float*>(arguments.output) + static_cast<size_t>(row) * arguments.outputs;
    if (arguments.outputs % 4 == 0) {
#pragma unroll
      for (int g = 0; g < RUNS; g++) {
        swapVectors(sums[g]);
      }
      if (row < arguments.rows) {
        writeVectors(output, arguments.outputs, column, sums);
      }
    } else if (row < arguments.rows) {
      writeSingly(output, arguments.outputs, column, sums);
    }
  }

 private:
  // Two runs at a time: all their reads come before the first write, so that one wait covers them.
  template <int RUNS, int RUN>
  static DEVICE void writeVectors(float* output, int outputs, int column, float (&sums)[RUNS][RUN]) {
#pragma unroll
    for (int first = 0; first < RUNS; first += 2) {
      if constexpr (ADD) {
        forVectors<RUNS, RUN>(first, outputs, column, [&](int g, int v, int at) {
          FourFloats old = *reinterpret_cast<const FourFloats*>(output + at);
#pragma unroll
          for (int e = 0; e < 4; e++) {
            sums[g][4 * v + e] = __fadd_rn(old.values[e], sums[g][4 * v + e]);
          }
        });
      }
      forVectors<RUNS, RUN>(first, outputs, column, [&](int g, int v, int at) {
        *reinterpret_cast<FourFloats*>(output + at) = {sums[g][4 * v], sums[g][4 * v + 1], sums[g][4 * v + 2],
                                                       sums[g][4 * v + 3]};
      });
    }
  }

  template <int RUNS, int RUN, class Action>
  static DEVICE void forVectors(int first, int outputs, int column, Action action) {
#pragma unroll
    for (int g = first; g < first + 2 && g < RUNS; g++) {
#pragma unroll
      for (int v = 0; v < RUN / 4; v++) {
        int at = swappedColumn<RUN>(column + 64 * g, v);
        if (at < outputs) {
          action(g, v, at);
        }
      }
    }
  }

  template <int RUNS, int RUN>
  static DEVICE void writeSingly(float* output, int outputs, int column, const float (&sums)[RUNS][RUN]) {
#pragma unroll
    for (int g = 0; g < RUNS; g++) {
#pragma unroll
      for (int i = 0; i < RUN; i++) {
        int at = column + 64 * g + i;
        if (at < outputs) {
          output[at] = ADD ? __fadd_rn(output[at], sums[g][i]) : sums[g][i];
        }
      }
    }
  }
};

using StoreEpilogue = FloatEpilogue<false>;
using AddEpilogue = FloatEpilogue<true>;

// output[row, i] = silu(sums[row, 2 i]) * sums[row, 2 i + 1], tiled bf16 [rows, outputs / 2]. Rows of the weight beyond
// `outputs` are zero up to a whole tile, and so are the padding columns that come of them.
struct SwigluEpilogue {
  static constexpr bool ADDS = false;

  template <int RUNS, int RUN>
  static DEVICE void finish(const GemmArguments& arguments, int row, int column, float (&sums)[RUNS][RUN]) {
    addBias(arguments, column, sums);
    int across = tilesAcross(arguments.outputs / 2);
#pragma unroll
    for (int g = 0; g < RUNS; g++) {
      int at = column / 2 + 32 * g;
      if (row < arguments.rows && at < across * TILE_COLUMNS) {
        write(static_cast<uint8_t*>(arguments.output) + tiledOffset(row, at, across), sums[g]);
      }
    }
  }

 private:
  template <int RUN>
  static DEVICE void write(uint8_t* output, const float (&run)[RUN]) {
    struct alignas(RUN) Units {
      uint32_t pairs[RUN / 4];
    } units;
#pragma unroll
    for (int i = 0; i < RUN / 4; i++) {
      units.pairs[i] = packBf16(gatedUnit(run[4 * i], run[4 * i + 1]), gatedUnit(run[4 * i + 2], run[4 * i + 3]));
    }
    *reinterpret_cast<Units*>(output) = units;
  }
};

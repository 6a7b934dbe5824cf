// output = activations weights^T + bias, or output += activations weights^T + bias, all f32 and row-major.
//
//   activations   [rows, inputs]
//   weights       [outputs, inputs], not permuted
//   output        [rows, outputs]
//
//   gemm_f32_{store,add}
//     grid      gemmF32Blocks = ceil(rows / 64) * ceil(outputs / 64)
//     threads   GEMM_F32_THREADS = 256
//     shared    none beyond the static
//
// Matrices are aligned to 16 bytes; rows, outputs and inputs are at least 1.
//
// A block computes 64 rows and 64 outputs, a thread four of each. Every output is one chain of fused multiply-adds over
// ascending inputs, so a row's result depends on that row alone. CPU references: ScalarOps.projectAdd,
// ScalarOps.logits.
#include "gemm_f32.cuh"

#include "epilogues.cuh"

namespace {

constexpr int STEP = 16;
constexpr int PITCH = GEMM_F32_TILE + 4;
constexpr int OPERAND = STEP * PITCH;

// Four consecutive inputs of one row, zero where there are none.
DEVICE FourFloats loadFour(const float* matrix, int row, int rows, int input, int inputs) {
  FourFloats four = {};
  const float* from = matrix + static_cast<size_t>(row) * inputs + input;
  if (row < rows && inputs % 4 == 0 && input < inputs) {
    four = *reinterpret_cast<const FourFloats*>(from);
  } else if (row < rows) {
    for (int e = 0; e < 4; e++) {
      four.values[e] = input + e < inputs ? from[e] : 0.0f;
    }
  }
  return four;
}

// A step of one operand, on its way from global memory through registers to shared memory, where inputs become rows.
struct Operand {
  const float* matrix;
  int row;
  int rows;
  FourFloats four;

  DEVICE void load(int step, int inputs) {
    four = loadFour(matrix, row, rows, step * STEP + threadIdx.x % 4 * 4, inputs);
  }

  DEVICE void store(float* shared) const {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      shared[(threadIdx.x % 4 * 4 + e) * PITCH + threadIdx.x / 4] = four.values[e];
    }
  }
};

DEVICE void addProducts(float (&sums)[4][4], const float* activations, const float* weights) {
  int row = threadIdx.x / 16 * 4;
  int output = threadIdx.x % 16 * 4;
#pragma unroll
  for (int k = 0; k < STEP; k++) {
    FourFloats a = *reinterpret_cast<const FourFloats*>(activations + k * PITCH + row);
    FourFloats b = *reinterpret_cast<const FourFloats*>(weights + k * PITCH + output);
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        sums[i][j] = __fmaf_rn(a.values[i], b.values[j], sums[i][j]);
      }
    }
  }
}

template <bool ADD>
DEVICE void finish(const GemmArguments& arguments, int row, int output, const float (&sums)[4][4]) {
  for (int i = 0; i < 4 && row + i < arguments.rows; i++) {
    float* out = static_cast<float*>(arguments.output) + static_cast<size_t>(row + i) * arguments.outputs;
    for (int j = 0; j < 4 && output + j < arguments.outputs; j++) {
      float sum = sums[i][j];
      if (arguments.bias != nullptr) {
        sum = __fadd_rn(sum, arguments.bias[output + j]);
      }
      out[output + j] = ADD ? __fadd_rn(out[output + j], sum) : sum;
    }
  }
}

template <bool ADD>
DEVICE void multiply(const GemmArguments& arguments) {
  SHARED FourFloats shared[2][2][OPERAND / 4];
  int columnTiles = (arguments.outputs + GEMM_F32_TILE - 1) / GEMM_F32_TILE;
  int firstRow = blockIdx.x / columnTiles * GEMM_F32_TILE;
  int firstOutput = blockIdx.x % columnTiles * GEMM_F32_TILE;
  int line = threadIdx.x / 4;
  Operand activations = {static_cast<const float*>(arguments.activations), firstRow + line, arguments.rows, {}};
  Operand weights = {static_cast<const float*>(arguments.weights), firstOutput + line, arguments.outputs, {}};
  int steps = (arguments.inputs + STEP - 1) / STEP;
  float sums[4][4] = {};
  activations.load(0, arguments.inputs);
  weights.load(0, arguments.inputs);
  for (int step = 0; step < steps; step++) {
    // Two buffers: whoever still reads the one before last has not passed the barrier of the last step.
    float* stagedActivations = shared[step % 2][0][0].values;
    float* stagedWeights = shared[step % 2][1][0].values;
    activations.store(stagedActivations);
    weights.store(stagedWeights);
    __syncthreads();
    if (step + 1 < steps) {
      activations.load(step + 1, arguments.inputs);
      weights.load(step + 1, arguments.inputs);
    }
    addProducts(sums, stagedActivations, stagedWeights);
  }
  finish<ADD>(arguments, firstRow + threadIdx.x / 16 * 4, firstOutput + threadIdx.x % 16 * 4, sums);
}

}  // namespace

KERNEL(GEMM_F32_THREADS, gemm_f32_store, GemmArguments) { multiply<false>(arguments); }
KERNEL(GEMM_F32_THREADS, gemm_f32_add, GemmArguments) { multiply<true>(arguments); }

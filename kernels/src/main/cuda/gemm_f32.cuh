// Launch geometry of gemm_f32.cu.
#pragma once

#include "portable.cuh"

constexpr int GEMM_F32_THREADS = 256;
constexpr int GEMM_F32_TILE = 64;

HOST_DEVICE int gemmF32Blocks(int rows, int outputs) {
  return ((rows + GEMM_F32_TILE - 1) / GEMM_F32_TILE) * ((outputs + GEMM_F32_TILE - 1) / GEMM_F32_TILE);
}

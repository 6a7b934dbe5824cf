// Launching the matrix products as the host does: names and launch geometry of each family.
#pragma once

#include <string>

#include "gemm_f32.cuh"
#include "gemm_mma.cuh"
#include "gemm_mma_few.cuh"
#include "gemm_problem.h"
#include "gemm_wgmma.cuh"
#include "gemm_wgmma_few.cuh"
#include "launch.h"

namespace checks {

enum class Family { MMA, MMA_FEW, WGMMA, WGMMA_FEW, F32 };

inline std::string kernelName(Family family, const std::string& epilogue) {
  const char* names[] = {"gemm_mma_", "gemm_mma_few_", "gemm_wgmma_", "gemm_wgmma_few_", "gemm_f32_"};
  return names[static_cast<int>(family)] + epilogue;
}

// Runs the kernel on a device of `multiprocessors`: with few of them, persistent blocks take several tiles each.
inline void launchGemm(Family family, const std::string& epilogue, const GemmArguments& arguments, unsigned seed,
                       int multiprocessors = 3) {
  int grid = multiprocessors;
  int threads = 0;
  int sharedBytes = 0;
  switch (family) {
    case Family::MMA:
      grid = gemmMmaBlocks(arguments.rows, arguments.outputs);
      threads = GEMM_MMA_THREADS;
      sharedBytes = GEMM_MMA_SHARED_BYTES;
      break;
    case Family::MMA_FEW:
      grid = gemmMmaFewBlocks(arguments.outputs);
      threads = GEMM_MMA_FEW_THREADS;
      sharedBytes = GEMM_MMA_FEW_SHARED_BYTES;
      break;
    case Family::WGMMA:
      threads = GEMM_WGMMA_THREADS;
      sharedBytes = GEMM_WGMMA_SHARED_BYTES;
      break;
    case Family::WGMMA_FEW:
      threads = GEMM_WGMMA_FEW_THREADS;
      sharedBytes = GEMM_WGMMA_FEW_SHARED_BYTES;
      break;
    case Family::F32:
      grid = gemmF32Blocks(arguments.rows, arguments.outputs);
      threads = GEMM_F32_THREADS;
      break;
  }
  launch(kernelName(family, epilogue), grid, threads, sharedBytes, arguments, seed);
}

}  // namespace checks

// sums = activations weights^T in bf16 with f32 sums, on the tensor cores of sm_80 and later (mma.sync), with an
// epilogue. The layouts are in layout.cuh, the epilogues in epilogues.cuh and heads_epilogue.cuh.
//
//   activations   tiled bf16 [rows, inputs]; rows past `rows` in the last tile may hold anything
//   weights       tiled and permuted bf16 [outputs, inputs], padding rows and columns zero
//   output        by epilogue: f32 [rows, outputs] (store, add), tiled bf16 [rows, outputs / 2] (swiglu), see
//                 HeadsArguments (heads)
//
//   gemm_mma_{store,add,swiglu,heads}     any number of rows
//     grid      gemmMmaBlocks = ceil(rows / 128) * ceil(outputs / 128)
//     threads   GEMM_MMA_THREADS = 128
//     shared    GEMM_MMA_SHARED_BYTES = 65,536
//   gemm_mma_few_{store,add,swiglu}       rows <= GEMM_FEW_ROWS = 64, the same bits
//     grid      gemmMmaFewBlocks = 2 * ceil(outputs / 128)
//     threads   GEMM_MMA_FEW_THREADS = 128
//     shared    GEMM_MMA_FEW_SHARED_BYTES = 98,304
//
// Matrices, pages and angles are aligned to 16 bytes, an f32 output too; rows, outputs and inputs are at least 1.
// Inputs are walked in steps of 16, ascending, by one accumulator each; a row's sums depend on that row alone.
// CPU references: ScalarOps.projectAdd, gatedFfn, logits, qkv, queries, laterKv.
#include "gemm_mma.cuh"
#include "gemm_mma_few.cuh"
#include "heads_epilogue.cuh"

KERNEL_BLOCKS(GEMM_MMA_THREADS, 2, gemm_mma_store, GemmArguments) { mmaTile<StoreEpilogue>(arguments); }
KERNEL_BLOCKS(GEMM_MMA_THREADS, 2, gemm_mma_add, GemmArguments) { mmaTile<AddEpilogue>(arguments); }
KERNEL_BLOCKS(GEMM_MMA_THREADS, 2, gemm_mma_swiglu, GemmArguments) { mmaTile<SwigluEpilogue>(arguments); }
KERNEL_BLOCKS(GEMM_MMA_THREADS, 2, gemm_mma_heads, GemmArguments) { mmaTile<HeadsEpilogue>(arguments); }

KERNEL(GEMM_MMA_FEW_THREADS, gemm_mma_few_store, GemmArguments) { mmaFewRows<StoreEpilogue>(arguments); }
KERNEL(GEMM_MMA_FEW_THREADS, gemm_mma_few_add, GemmArguments) { mmaFewRows<AddEpilogue>(arguments); }
KERNEL(GEMM_MMA_FEW_THREADS, gemm_mma_few_swiglu, GemmArguments) { mmaFewRows<SwigluEpilogue>(arguments); }

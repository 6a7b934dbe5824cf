// sums = activations weights^T in bf16 with f32 sums, on the tensor cores of sm_90a (wgmma), with an epilogue. Layouts
// are in layout.cuh, epilogues in epilogues.cuh and heads_epilogue.cuh.
//
//   activations   tiled bf16 [rows, inputs]; rows past `rows` in the last tile may hold anything
//   weights       tiled and permuted bf16 [outputs, inputs], padding rows and columns zero
//   output        by epilogue: f32 [rows, outputs] (store, add), tiled bf16 [rows, outputs / 2] (swiglu), see
//                 HeadsArguments (heads)
//
//   gemm_wgmma_{store,add,swiglu,heads}     any number of rows
//     grid      the device's multiprocessors (blocks without work end at once)
//     threads   GEMM_WGMMA_THREADS = 384
//     shared    GEMM_WGMMA_SHARED_BYTES = 196,704
//   gemm_wgmma_few_{store,add,swiglu}       rows <= GEMM_FEW_ROWS = 64, the same bits
//     grid      the device's multiprocessors
//     threads   GEMM_WGMMA_FEW_THREADS = 160
//     shared    GEMM_WGMMA_FEW_SHARED_BYTES = 196,800
//
// Matrices, pages and angles are aligned to 16 bytes, an f32 output too; rows, outputs and inputs are at least 1.
// Inputs are walked in steps of 16, ascending, by one accumulator each; a row's sums depend on that row alone.
// CPU references: ScalarOps.projectAdd, gatedFfn, logits, qkv, queries, laterKv.
#include "gemm_wgmma.cuh"
#include "gemm_wgmma_few.cuh"
#include "heads_epilogue.cuh"

KERNEL_BLOCKS(GEMM_WGMMA_THREADS, 1, gemm_wgmma_store, GemmArguments) { wgmmaTiles<StoreEpilogue>(arguments); }
KERNEL_BLOCKS(GEMM_WGMMA_THREADS, 1, gemm_wgmma_add, GemmArguments) { wgmmaTiles<AddEpilogue>(arguments); }
KERNEL_BLOCKS(GEMM_WGMMA_THREADS, 1, gemm_wgmma_swiglu, GemmArguments) { wgmmaTiles<SwigluEpilogue>(arguments); }
KERNEL_BLOCKS(GEMM_WGMMA_THREADS, 1, gemm_wgmma_heads, GemmArguments) { wgmmaTiles<HeadsEpilogue>(arguments); }

KERNEL(GEMM_WGMMA_FEW_THREADS, gemm_wgmma_few_store, GemmArguments) { wgmmaFewRows<StoreEpilogue>(arguments); }
KERNEL(GEMM_WGMMA_FEW_THREADS, gemm_wgmma_few_add, GemmArguments) { wgmmaFewRows<AddEpilogue>(arguments); }
KERNEL(GEMM_WGMMA_FEW_THREADS, gemm_wgmma_few_swiglu, GemmArguments) { wgmmaFewRows<SwigluEpilogue>(arguments); }

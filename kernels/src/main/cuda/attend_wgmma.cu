// Causal attention over the pages of a bf16 cache on the tensor cores of sm_90a (wgmma), for head sizes 64 and 128. For
// a query q at position p of its sequence, with keys k and values v of positions 0 to p:
//
//   out = sum of 2^(scaleLog2 q.k_j) v_j / sum of 2^(scaleLog2 q.k_j)
//
//   queries, out   tiled bf16 [tokens, heads * headSize]
//   keys, values   pages of bf16, see layout.cuh; blocks of a multiple of 16 tokens
//   partials       decode: see AttendArguments, aligned to 8 bytes
//
//   attend_wgmma_prefill_{64,128}   the tiles in batch->prefillTiles: up to 128 consecutive tokens of a sequence, at
//                                   ascending positions, each with every head
//     grid      the device's multiprocessors
//     threads   ATTEND_WGMMA_PREFILL_THREADS = 384
//     shared    ATTEND_WGMMA_PREFILL_SHARED_BYTES<HEAD>: 183,032 (64), 232,080 (128)
//   attend_wgmma_decode_{64,128}    the tokens of batch->decodeSequences, to partials, from which attend_combine makes
//                                   rows of `out`; splits >= attendSplits(position) for each
//     grid      twice the device's multiprocessors
//     threads   ATTEND_WGMMA_DECODE_THREADS = 256
//     shared    ATTEND_WGMMA_DECODE_SHARED_BYTES<HEAD>: 106,784 (64), 114,832 (128)
//
// Blocks without work end at once, and every count is read from the batch, so that a launch can be replayed for another
// step. A row's bits depend on its query and its sequence's cache alone: keys are walked in steps of 128 tokens and
// splits of 512 from position 0 on, by the same instructions in both kernels, and splits are merged as attend_merge.cuh
// says. Slots past a query's position may hold anything.
// CPU reference: ScalarAttention.
#include "attend_wgmma_decode.cuh"
#include "attend_wgmma_prefill.cuh"

namespace {

static_assert(ATTEND_WGMMA_PREFILL_SHARED_BYTES<64> == 183032 && ATTEND_WGMMA_PREFILL_SHARED_BYTES<128> == 232080);
static_assert(ATTEND_WGMMA_DECODE_SHARED_BYTES<64> == 106784 && ATTEND_WGMMA_DECODE_SHARED_BYTES<128> == 114832);

template <int HEAD>
DEVICE void prefill(const AttendArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  WgmmaPrefill<HEAD>(arguments, shared).run();
}

template <int HEAD>
DEVICE void decode(const AttendArguments& arguments) {
  DYNAMIC_SHARED(uint8_t, shared);
  WgmmaDecode<HEAD>(arguments, shared).run();
}

}  // namespace

KERNEL_BLOCKS(ATTEND_WGMMA_PREFILL_THREADS, 1, attend_wgmma_prefill_64, AttendArguments) { prefill<64>(arguments); }
KERNEL_BLOCKS(ATTEND_WGMMA_PREFILL_THREADS, 1, attend_wgmma_prefill_128, AttendArguments) { prefill<128>(arguments); }

KERNEL_BLOCKS(ATTEND_WGMMA_DECODE_THREADS, 2, attend_wgmma_decode_64, AttendArguments) { decode<64>(arguments); }
KERNEL_BLOCKS(ATTEND_WGMMA_DECODE_THREADS, 2, attend_wgmma_decode_128, AttendArguments) { decode<128>(arguments); }

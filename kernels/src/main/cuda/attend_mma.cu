// out[t, h] = softmax(queries[t, h] keys^T / sqrt(headSize)) values over positions 0 .. positions[t] of t's sequence,
// read from pages through the block table; in bf16 with f32 sums on the tensor cores of sm_80 and later (mma.sync).
//
//   queries    tiled bf16 [tokens, heads * headSize]
//   out        the same; zeros after the last column. Rows of tokens that are in no tile and not decoded are left alone
//   keys       bf16 pages, see layout.cuh; what lies past a token's position does not show, whatever it is
//   values     the same
//   partials   decode: f32 [decodeCount][splits][heads][headSize + 2], for attend_combine.cu
//
//   attend_mma_prefill_{64,128}          head size 64, 128: the tokens of batch->prefillTiles, at most 128 each
//   attend_mma_prefill_padded_{64,128}   head sizes up to 64, 128 that are multiples of 8
//     grid      prefill tiles * heads; blocks past batch->prefillTileCount end at once
//     threads   ATTEND_MMA_PREFILL_THREADS = 256
//     shared    attendMmaPrefillSharedBytes: 49,152 for 64, 98,304 for 128
//   attend_mma_decode_{64,128}           the sequences of batch->decodeSequences, split by split
//   attend_mma_decode_padded_{64,128}
//     grid      any; as many as fit on the device at once, 3 (128) or 6 (64) a multiprocessor, are fastest
//     threads   ATTEND_MMA_DECODE_THREADS = 32
//     shared    attendMmaDecodeSharedBytes: 32,768 for 64, 65,536 for 128
//
// Any number of query heads that is a multiple of kvHeads; blocks are multiples of 16 tokens; splits >= attendSplits of
// every decoded token. Keys are walked from position 0 in steps of 64 tokens and splits of 512 (attend_merge.cuh), by
// the same code in both kernels: a token's result depends neither on its neighbours, nor on the tile that it is in, nor
// on whether it is prefilled or decoded.
//
// CPU reference: ScalarAttention.
#include "attend_mma.cuh"

KERNEL(ATTEND_MMA_PREFILL_THREADS, attend_mma_prefill_64, AttendArguments) { attendPrefill<64, true>(arguments); }
KERNEL(ATTEND_MMA_PREFILL_THREADS, attend_mma_prefill_128, AttendArguments) { attendPrefill<128, true>(arguments); }
KERNEL(ATTEND_MMA_PREFILL_THREADS, attend_mma_prefill_padded_64, AttendArguments) {
  attendPrefill<64, false>(arguments);
}
KERNEL(ATTEND_MMA_PREFILL_THREADS, attend_mma_prefill_padded_128, AttendArguments) {
  attendPrefill<128, false>(arguments);
}

KERNEL_BLOCKS(ATTEND_MMA_DECODE_THREADS, 6, attend_mma_decode_64, AttendArguments) {
  attendDecode<64, true>(arguments);
}
KERNEL_BLOCKS(ATTEND_MMA_DECODE_THREADS, 3, attend_mma_decode_128, AttendArguments) {
  attendDecode<128, true>(arguments);
}
KERNEL_BLOCKS(ATTEND_MMA_DECODE_THREADS, 6, attend_mma_decode_padded_64, AttendArguments) {
  attendDecode<64, false>(arguments);
}
KERNEL_BLOCKS(ATTEND_MMA_DECODE_THREADS, 3, attend_mma_decode_padded_128, AttendArguments) {
  attendDecode<128, false>(arguments);
}

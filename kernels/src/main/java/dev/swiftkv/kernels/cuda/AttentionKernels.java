package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DType;

/**
 * The attention kernels of one device, with their launch geometry as the tops of {@code
 * attend_wgmma.cu}, {@code attend_mma.cu} and {@code attend_plain.cu} document it. Prompts and
 * decoded tokens of one head size always go through kernels of one family, which round alike.
 */
final class AttentionKernels {
  /** The most tokens of a prefill tile, for every family. */
  static final int TILE_TOKENS = 128;

  static final int COMBINE_THREADS = 64;
  static final int PLAIN_THREADS = 128;

  private static final int PADDING = 8;

  /**
   * How heads of one size are attended to on tensor cores.
   *
   * @param prefillStays whether the blocks of the prefill kernel stay on their multiprocessor;
   *     otherwise there is one for each tile and head
   * @param decodeBlocks of the decode kernel, which share the work whatever their number
   */
  record Tensors(
      CudaKernel prefill,
      int prefillThreads,
      int prefillSharedBytes,
      boolean prefillStays,
      CudaKernel decode,
      int decodeThreads,
      int decodeSharedBytes,
      int decodeBlocks) {}

  private final boolean hasWgmma;
  private final Tensors half;
  private final Tensors whole;
  private final Tensors paddedHalf;
  private final Tensors paddedWhole;
  private final CudaKernel combine;
  private final CudaKernel plainF32;
  private final CudaKernel plainBf16;

  AttentionKernels(CudaContext context) {
    hasWgmma = context.device().capability() == 90;
    half = hasWgmma ? wgmma(context, 64) : mma(context, "", 64);
    whole = hasWgmma ? wgmma(context, 128) : mma(context, "", 128);
    paddedHalf = mma(context, "padded_", 64);
    paddedWhole = mma(context, "padded_", 128);
    combine = context.kernel("attend_combine");
    plainF32 = context.kernel("attend_plain_f32");
    plainBf16 = context.kernel("attend_plain_bf16");
  }

  /** The family for the usual head sizes, for people. */
  String name() {
    return hasWgmma ? "attend_wgmma" : "attend_mma";
  }

  /** The kernels on tensor cores for heads of a size; null where there are none. */
  Tensors tensorsOrNull(DType dtype, int headSize) {
    if (dtype != DType.BF16 || headSize % PADDING != 0 || headSize > 128) {
      return null;
    }
    if (headSize == 64) {
      return half;
    }
    if (headSize == 128) {
      return whole;
    }
    return headSize < 64 ? paddedHalf : paddedWhole;
  }

  /** Puts together what a decode kernel left. */
  CudaKernel combine() {
    return combine;
  }

  /** For every type and head size, prompts and decoded tokens alike. */
  CudaKernel plain(DType dtype) {
    return dtype == DType.BF16 ? plainBf16 : plainF32;
  }

  static int plainSharedBytes(int headSize) {
    return 8 * headSize + 256;
  }

  private static Tensors wgmma(CudaContext context, int headSize) {
    boolean isHalf = headSize == 64;
    return new Tensors(
        context.kernel("attend_wgmma_prefill_" + headSize),
        384,
        isHalf ? 183_032 : 232_080,
        true,
        context.kernel("attend_wgmma_decode_" + headSize),
        256,
        isHalf ? 106_784 : 114_832,
        2 * context.device().multiprocessors());
  }

  private static Tensors mma(CudaContext context, String kind, int headSize) {
    boolean isHalf = headSize == 64;
    return new Tensors(
        context.kernel("attend_mma_prefill_%s%d".formatted(kind, headSize)),
        256,
        isHalf ? 49_152 : 98_304,
        false,
        context.kernel("attend_mma_decode_%s%d".formatted(kind, headSize)),
        32,
        isHalf ? 32_768 : 65_536,
        (isHalf ? 6 : 3) * context.device().multiprocessors());
  }
}

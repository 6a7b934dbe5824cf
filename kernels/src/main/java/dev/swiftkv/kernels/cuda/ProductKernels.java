package dev.swiftkv.kernels.cuda;

import java.util.Locale;

/**
 * The kernels that multiply on one device, with their launch geometry as the tops of {@code
 * gemm_wgmma.cu}, {@code gemm_mma.cu} and {@code gemm_f32.cu} document it. A device uses one family
 * of tensor core instructions for every number of rows, because two of them do not round alike.
 */
final class ProductKernels {
  /** What happens to the sums, in the order of {@code epilogues.cuh}. */
  enum Epilogue {
    /** Output = sums + bias. */
    STORE,
    /** Output += sums + bias. */
    ADD,
    /** Output = silu(gate) * up; BF16 only. */
    SWIGLU,
    /** To queries and cache pages; BF16 only, and only for many rows. */
    HEADS
  }

  /** The most rows of the kernels for few rows. */
  static final int FEW_ROWS = 64;

  private static final int TILE = 128;
  private static final int F32_TILE = 64;
  private static final int F32_THREADS = 256;

  /**
   * Geometry of the products on tensor cores.
   *
   * @param name of the source file without suffix, and prefix of the kernels
   * @param stays whether blocks stay on their multiprocessor and work off all tiles
   */
  private record Family(
      String name,
      int threads,
      int sharedBytes,
      int fewThreads,
      int fewSharedBytes,
      boolean stays) {
    static final Family WGMMA = new Family("gemm_wgmma", 384, 196_704, 160, 196_800, true);
    static final Family MMA = new Family("gemm_mma", 128, 65_536, 128, 98_304, false);
  }

  private final Family family;
  private final int multiprocessors;
  private final CudaKernel[] many = new CudaKernel[4];
  private final CudaKernel[] few = new CudaKernel[3];
  private final CudaKernel[] f32 = new CudaKernel[2];

  ProductKernels(CudaContext context) {
    CudaDevice device = context.device();
    family = device.capability() == 90 ? Family.WGMMA : Family.MMA;
    multiprocessors = device.multiprocessors();
    for (Epilogue epilogue : Epilogue.values()) {
      String suffix = epilogue.name().toLowerCase(Locale.ROOT);
      int at = epilogue.ordinal();
      many[at] = context.kernel("%s_%s".formatted(family.name, suffix));
      if (at < few.length) {
        few[at] = context.kernel("%s_few_%s".formatted(family.name, suffix));
      }
      if (at < f32.length) {
        f32[at] = context.kernel("gemm_f32_" + suffix);
      }
    }
  }

  /** The family's name, for people. */
  String name() {
    return family.name;
  }

  /** Whether the epilogue {@link Epilogue#HEADS} can be used in BF16. */
  static boolean hasHeads(int rows, int headSize) {
    return rows > FEW_ROWS && (headSize == 32 || headSize == 64 || headSize == 128);
  }

  /** Launches a product of BF16 whose arguments are written already. */
  void launchBf16(
      CudaStream stream, Epilogue epilogue, int rows, int outputs, KernelArguments arguments) {
    int columnTiles = tiles(outputs, TILE);
    if (rows <= FEW_ROWS && epilogue != Epilogue.HEADS) {
      int blocks = family.stays ? multiprocessors : 2 * columnTiles;
      CudaKernel kernel = few[epilogue.ordinal()];
      stream.launch(kernel, blocks, 1, family.fewThreads, family.fewSharedBytes, arguments);
    } else {
      int blocks =
          family.stays ? multiprocessors : Math.multiplyExact(tiles(rows, TILE), columnTiles);
      CudaKernel kernel = many[epilogue.ordinal()];
      stream.launch(kernel, blocks, 1, family.threads, family.sharedBytes, arguments);
    }
  }

  /** Launches a product of F32 whose arguments are written already. */
  void launchF32(
      CudaStream stream, Epilogue epilogue, int rows, int outputs, KernelArguments arguments) {
    int blocks = Math.multiplyExact(tiles(rows, F32_TILE), tiles(outputs, F32_TILE));
    stream.launch(f32[epilogue.ordinal()], blocks, 1, F32_THREADS, 0, arguments);
  }

  private static int tiles(int count, int perTile) {
    return (count + perTile - 1) / perTile;
  }
}

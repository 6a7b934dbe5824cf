package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.cuda.ProductKernels.Epilogue;
import java.util.List;

/**
 * The products whose outputs are queries, keys and values. Where a product has an epilogue for the
 * heads, its sums go from registers to their places; elsewhere they pass through memory and a
 * kernel of its own scatters them, with the same bits.
 */
final class CudaProjections {
  private static final int ROW_THREADS = 128;

  /** Outputs that a block of the scattering kernel takes: eight pairs a thread. */
  private static final int SLICE_OUTPUTS = 2048;

  private final DeviceMemory memory;
  private final CudaStream stream;
  private final CudaTransfers transfers;
  private final CudaScratch scratch;
  private final CudaProducts products;
  private final KernelArguments arguments;
  private final CudaKernel scatterBf16;
  private final CudaKernel scatterF32;

  CudaProjections(
      CudaContext context,
      CudaStream stream,
      CudaTransfers transfers,
      CudaScratch scratch,
      CudaProducts products,
      KernelArguments arguments) {
    memory = context.memory();
    this.stream = stream;
    this.transfers = transfers;
    this.scratch = scratch;
    this.products = products;
    this.arguments = arguments;
    scatterBf16 = context.kernel("scatter_heads_bf16");
    scatterF32 = context.kernel("scatter_heads_f32");
  }

  /**
   * Projects, rotates and writes.
   *
   * @param queries device address of the tensor that receives query heads; 0 if there are none
   * @param caches whose key and value heads follow
   */
  void run(
      long normed,
      Projection projection,
      AttentionShape shape,
      RopeTable rope,
      StagedBatch batch,
      List<PagedKv> caches,
      long queries,
      int rows) {
    CudaWeightMatrix weight = CudaWeightMatrix.of(projection.weight());
    HeadTable table = weight.heads(shape, queries != 0, caches, memory, transfers);
    if (weight.dtype() == DType.BF16 && ProductKernels.hasHeads(rows, shape.headSize())) {
      long bias = projection.biasOrNull() == null ? 0 : projection.biasOrNull().address();
      ArgumentStructs.gemmHeads(
          arguments, normed, weight, bias, rows, table, batch.address(), rope, queries);
      products.runHeads(weight, rows);
    } else {
      long sums = scratch.require((long) rows * weight.rows() * Float.BYTES);
      products.run(Epilogue.STORE, normed, weight, projection.biasOrNull(), sums, rows);
      ArgumentStructs.scatterHeads(arguments, sums, rows, table, batch.address(), rope, queries);
      int slices = (weight.rows() + SLICE_OUTPUTS - 1) / SLICE_OUTPUTS;
      CudaKernel scatter = weight.dtype() == DType.BF16 ? scatterBf16 : scatterF32;
      stream.launch(scatter, Math.multiplyExact(rows, slices), 1, ROW_THREADS, 0, arguments);
    }
  }
}

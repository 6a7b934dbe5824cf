package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.cuda.ProductKernels.Epilogue;

/** Matrix products, in the type of their weight. Rows and tensors are checked by the caller. */
final class CudaProducts {
  private static final int ACTIVATION_THREADS = 256;
  private static final int ACTIVATIONS_PER_THREAD = 4;

  private final CudaStream stream;
  private final CudaScratch scratch;
  private final KernelArguments arguments;
  private final ProductKernels kernels;
  private final CudaKernel gatedActivation;

  CudaProducts(
      CudaContext context, CudaStream stream, CudaScratch scratch, KernelArguments arguments) {
    this.stream = stream;
    this.scratch = scratch;
    this.arguments = arguments;
    kernels = new ProductKernels(context);
    gatedActivation = context.kernel("gated_activation_f32");
  }

  /** The kernels in use, for people. */
  String description() {
    return kernels.name();
  }

  /** {@code output (+)= activations weight^T + bias}, output in F32 at a device address. */
  void run(
      Epilogue epilogue,
      long activations,
      CudaWeightMatrix weight,
      Tensor biasOrNull,
      long output,
      int rows) {
    long bias = biasOrNull == null ? 0 : biasOrNull.address();
    ArgumentStructs.gemm(arguments, activations, weight, bias, output, rows);
    if (weight.dtype() == DType.BF16) {
      kernels.launchBf16(stream, epilogue, rows, weight.rows(), arguments);
    } else {
      kernels.launchF32(stream, epilogue, rows, weight.rows(), arguments);
    }
  }

  /** A product whose arguments with heads are written already; BF16. */
  void runHeads(CudaWeightMatrix weight, int rows) {
    kernels.launchBf16(stream, Epilogue.HEADS, rows, weight.rows(), arguments);
  }

  /** {@code x += down(silu(gate) * up)}. */
  void gatedFfn(long normed, CudaWeightMatrix gateUp, CudaWeightMatrix down, long x, int rows) {
    int intermediate = down.columns();
    long unitBytes = TiledLayout.bytes(gateUp.dtype(), rows, intermediate);
    long units;
    if (gateUp.dtype() == DType.BF16) {
      units = scratch.require(unitBytes);
      run(Epilogue.SWIGLU, normed, gateUp, null, units, rows);
    } else {
      // Both begin at a multiple of 16 bytes.
      long sumBytes = (2 * unitBytes + 15) / 16 * 16;
      long sums = scratch.require(sumBytes + unitBytes);
      units = sums + sumBytes;
      run(Epilogue.STORE, normed, gateUp, null, sums, rows);
      activate(sums, units, rows, intermediate);
    }
    run(Epilogue.ADD, units, down, null, x, rows);
  }

  private void activate(long sums, long units, int rows, int columns) {
    long perBlock = (long) ACTIVATIONS_PER_THREAD * ACTIVATION_THREADS;
    int blocks = Math.toIntExact(((long) rows * columns + perBlock - 1) / perBlock);
    ArgumentStructs.gatedActivation(arguments, sums, units, rows, columns);
    stream.launch(gatedActivation, blocks, 1, ACTIVATION_THREADS, 0, arguments);
  }
}

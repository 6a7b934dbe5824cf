package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Bf16;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.HostDeviceMemory;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.Set;

/**
 * The host as a device, with oneDNN's matrix products and our C++. One pool of OpenMP threads
 * serves both; it belongs to the thread that calls, so a backend should stay on one.
 *
 * <p>Weights, caches and scratch are in the account of {@link #memory}. The code that oneDNN
 * generates is not: some tens of megabytes for a model.
 */
public final class NativeCpuBackend implements Backend {
  static final String NAME = "cpu";

  /** Ordinal in {@code cpu_features.h} of the first instruction set that multiplies BF16. */
  private static final int ISA_WITH_BF16 = 3;

  /**
   * A step that ends prompts reads the weights of all layers for a few rows, which takes as long as
   * a hundred rows of a product do: so several prompts should end in one step.
   */
  private static final int STEP_TOKENS = 4096;

  private final HostDeviceMemory memory;
  private final int threads;
  private final Set<DType> computeTypes;
  private final NativeCpuOps ops;
  private long gemm;

  /**
   * Opens the device; memory is taken as it is asked for.
   *
   * @throws IllegalStateException with the reason if the native library cannot be used here
   */
  public NativeCpuBackend(BackendOptions options) {
    NativeLibrary.require();
    memory = new HostDeviceMemory(options.memoryBudgetBytes(), CpuNatives::adviseLargePages);
    threads = options.resolvedThreads();
    gemm = MatrixNatives.open(threads);
    computeTypes =
        MatrixNatives.supports(gemm, DType.BF16.ordinal())
            ? Set.of(DType.F32, DType.BF16)
            : Set.of(DType.F32);
    ops = new NativeCpuOps(memory, gemm, threads);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "%s, %d threads".formatted(CpuNatives.description(), threads);
  }

  @Override
  public Set<DType> computeTypes() {
    return computeTypes;
  }

  @Override
  public DType preferredType() {
    // Without instructions for it, BF16 saves memory but costs time.
    boolean fast = CpuNatives.activeIsa() >= ISA_WITH_BF16;
    return fast && computeTypes.contains(DType.BF16) ? DType.BF16 : DType.F32;
  }

  @Override
  public int preferredStepTokens() {
    return STEP_TOKENS;
  }

  @Override
  public DeviceMemory memory() {
    return memory;
  }

  @Override
  public WeightMatrix loadMatrix(String name, DType dtype, MatrixSource source) {
    if (!computeTypes.contains(dtype)) {
      throw new IllegalArgumentException(
          "Weight %s: this CPU (%s) computes in %s, not in %s; use dtype f32"
              .formatted(name, CpuNatives.description(), computeTypes, dtype));
    }
    return NativeWeightMatrix.pack(name, dtype, source, memory, gemm);
  }

  @Override
  public long kvBytesPerBlock(KvShape shape) {
    return AttentionNatives.kvBytesPerBlock(shape);
  }

  @Override
  public void copyBlock(PagedKv cache, int fromBlock, int toBlock) {
    OpsChecks.index("KV block", fromBlock, cache.blocks());
    OpsChecks.index("KV block", toBlock, cache.blocks());
    ops.copyBlock(cache, fromBlock, toBlock);
  }

  @Override
  public void upload(float[] values, Tensor to) {
    int count = elements(values, to);
    switch (to.dtype()) {
      case F32 -> HostMemory.write(values, 0, count, to.address());
      case BF16 -> Bf16.write(values, 0, count, to.address());
      default -> throw notComputed(to.dtype());
    }
  }

  @Override
  public void download(Tensor from, float[] values) {
    int count = elements(values, from);
    switch (from.dtype()) {
      case F32 -> HostMemory.read(from.address(), values, 0, count);
      case BF16 -> Bf16.read(from.address(), values, 0, count);
      default -> throw notComputed(from.dtype());
    }
  }

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public void close() {
    if (gemm == 0) {
      return;
    }
    ops.close();
    MatrixNatives.close(gemm);
    gemm = 0;
    memory.close();
  }

  private static int elements(float[] values, Tensor tensor) {
    if (values.length != (long) tensor.rows() * tensor.columns()) {
      throw new IllegalArgumentException(
          "An array of %d floats does not fit a tensor [%d, %d]"
              .formatted(values.length, tensor.rows(), tensor.columns()));
    }
    return values.length;
  }

  private static IllegalArgumentException notComputed(DType dtype) {
    return new IllegalArgumentException(
        "The CPU computes in F32 and BF16, not in %s".formatted(dtype));
  }
}

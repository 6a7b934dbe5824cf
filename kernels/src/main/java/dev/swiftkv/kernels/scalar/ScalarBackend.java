package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
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

/** The host as a device, in plain Java. Both compute types; F32 is the faster one here. */
public final class ScalarBackend implements Backend {
  private final HostDeviceMemory memory;
  private final ScalarThreads threads;
  private final int threadCount;
  private final ScalarOps ops;

  /** Opens the device; memory is taken as it is asked for. */
  public ScalarBackend(BackendOptions options) {
    memory = new HostDeviceMemory(options.memoryBudgetBytes());
    threadCount = options.resolvedThreads();
    threads = new ScalarThreads(threadCount);
    ops = new ScalarOps(memory, threads);
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String description() {
    return "plain Java %s, %d threads".formatted(Runtime.version().feature(), threadCount);
  }

  @Override
  public Set<DType> computeTypes() {
    return Set.of(DType.F32, DType.BF16);
  }

  @Override
  public DType preferredType() {
    return DType.F32;
  }

  @Override
  public DeviceMemory memory() {
    return memory;
  }

  @Override
  public WeightMatrix loadMatrix(String name, DType dtype, MatrixSource source) {
    if (!computeTypes().contains(dtype)) {
      throw ScalarMemory.notComputed(dtype);
    }
    return ScalarWeightMatrix.pack(name, dtype, source, memory, threads);
  }

  @Override
  public long kvBytesPerBlock(KvShape shape) {
    return ScalarPages.bytesPerBlock(shape);
  }

  @Override
  public void copyBlock(PagedKv cache, int fromBlock, int toBlock) {
    long bytes = kvBytesPerBlock(cache.shape());
    OpsChecks.index("KV block", fromBlock, cache.blocks());
    OpsChecks.index("KV block", toBlock, cache.blocks());
    HostMemory.copy(cache.keys() + fromBlock * bytes, cache.keys() + toBlock * bytes, bytes);
    HostMemory.copy(cache.values() + fromBlock * bytes, cache.values() + toBlock * bytes, bytes);
  }

  @Override
  public void upload(float[] values, Tensor to) {
    ScalarMemory.write(to.dtype(), values, 0, elements(values, to), to.address());
  }

  @Override
  public void download(Tensor from, float[] values) {
    ScalarMemory.read(from.dtype(), from.address(), values, 0, elements(values, from));
  }

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public void close() {
    threads.close();
    ops.close();
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
}

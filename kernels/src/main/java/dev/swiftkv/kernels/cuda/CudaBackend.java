package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.OpsChecks;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.Set;

/**
 * One GPU, with our kernels. Operations return while it works; activations and weights of BF16 lie
 * in tiles, see {@link TiledLayout}.
 */
final class CudaBackend implements Backend {
  static final String NAME = "cuda";

  /** A step that reads all weights once and computes long enough to hide that. */
  private static final int STEP_TOKENS = 8192;

  private static final int SEQUENCES = 256;

  private final CudaContext context;
  private final CudaStream stream;
  private final KernelArguments arguments;
  private final CudaScratch scratch;
  private final CudaTransfers transfers;
  private final CudaOps ops;
  private boolean closed;

  /**
   * Opens the device; memory is taken as it is asked for.
   *
   * @throws dev.swiftkv.kernels.BackendUnavailableException if there is no such device, or our
   *     kernels do not run on it
   */
  CudaBackend(BackendOptions options) {
    context = CudaContext.open(options.deviceIndex(), options.memoryBudgetBytes());
    try {
      stream = context.newStream();
      arguments = context.newArguments();
      scratch = new CudaScratch(context.memory());
      transfers = new CudaTransfers(context, stream, scratch, arguments);
      ops = new CudaOps(context, stream, transfers, scratch, arguments);
    } catch (RuntimeException | Error e) {
      context.closeAfter(e);
      throw e;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "%s, %s".formatted(context.device().description(), ops.description());
  }

  @Override
  public Set<DType> computeTypes() {
    return Set.of(DType.F32, DType.BF16);
  }

  @Override
  public DType preferredType() {
    return DType.BF16;
  }

  @Override
  public int preferredStepTokens() {
    return STEP_TOKENS;
  }

  @Override
  public int preferredSequences() {
    return SEQUENCES;
  }

  @Override
  public DeviceMemory memory() {
    return context.memory();
  }

  @Override
  public WeightMatrix loadMatrix(String name, DType dtype, MatrixSource source) {
    if (!computeTypes().contains(dtype)) {
      throw new IllegalArgumentException(
          "Weight %s: a GPU computes in F32 and BF16, not in %s".formatted(name, dtype));
    }
    return CudaWeightMatrix.pack(name, dtype, source, context.memory(), transfers);
  }

  @Override
  public long tensorBytes(DType dtype, int rows, int columns) {
    return TiledLayout.bytes(dtype, rows, columns);
  }

  @Override
  public long kvBytesPerBlock(KvShape shape) {
    return TiledLayout.kvBytesPerBlock(shape);
  }

  @Override
  public void copyBlock(PagedKv cache, int fromBlock, int toBlock) {
    OpsChecks.index("KV block", fromBlock, cache.blocks());
    OpsChecks.index("KV block", toBlock, cache.blocks());
    if (fromBlock == toBlock) {
      return;
    }
    long bytes = kvBytesPerBlock(cache.shape());
    long from = fromBlock * bytes;
    long to = toBlock * bytes;
    stream.copyOnDevice(cache.keys() + from, cache.keys() + to, bytes);
    stream.copyOnDevice(cache.values() + from, cache.values() + to, bytes);
  }

  @Override
  public void upload(float[] values, Tensor to) {
    checkElements(values, to);
    transfers.upload(values, to);
  }

  @Override
  public void download(Tensor from, float[] values) {
    checkElements(values, from);
    transfers.download(from, values);
  }

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    ops.close();
    transfers.close();
    scratch.close();
    arguments.close();
    stream.close();
    context.close();
  }

  private static void checkElements(float[] values, Tensor tensor) {
    if (values.length != (long) tensor.rows() * tensor.columns()) {
      throw new IllegalArgumentException(
          "An array of %d floats does not fit a tensor [%d, %d]"
              .formatted(values.length, tensor.rows(), tensor.columns()));
    }
  }
}

package dev.swiftkv.kernels;

import java.util.Set;

/** A device whose operations are timed; everything else is that of the device inside. */
public final class TimedBackend implements Backend {
  private final Backend backend;
  private final OpsTimings timings = new OpsTimings();
  private final TimedOps ops;

  /** Times a device, which this one then owns. */
  public TimedBackend(Backend backend) {
    this.backend = backend;
    ops = new TimedOps(backend.ops(), timings);
  }

  /** Where the time went since this object was made, or since it was cleared. */
  public OpsTimings timings() {
    return timings;
  }

  /**
   * Stops the stopwatch: operations run as on the device itself, in the background and from
   * records, until {@link #resume}. Call both while no operation is under way.
   */
  public void pause() {
    ops.pause(true);
  }

  /** Times operations again. */
  public void resume() {
    ops.pause(false);
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public Set<DType> computeTypes() {
    return backend.computeTypes();
  }

  @Override
  public DType preferredType() {
    return backend.preferredType();
  }

  @Override
  public int preferredStepTokens() {
    return backend.preferredStepTokens();
  }

  @Override
  public int preferredSequences() {
    return backend.preferredSequences();
  }

  @Override
  public DeviceMemory memory() {
    return backend.memory();
  }

  @Override
  public WeightMatrix loadMatrix(String name, DType dtype, MatrixSource source) {
    return backend.loadMatrix(name, dtype, source);
  }

  @Override
  public long tensorBytes(DType dtype, int rows, int columns) {
    return backend.tensorBytes(dtype, rows, columns);
  }

  @Override
  public long kvBytesPerBlock(KvShape shape) {
    return backend.kvBytesPerBlock(shape);
  }

  @Override
  public void copyBlock(PagedKv cache, int fromBlock, int toBlock) {
    backend.copyBlock(cache, fromBlock, toBlock);
  }

  @Override
  public void upload(float[] values, Tensor to) {
    backend.upload(values, to);
  }

  @Override
  public void download(Tensor from, float[] values) {
    backend.download(from, values);
  }

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public void close() {
    backend.close();
  }
}

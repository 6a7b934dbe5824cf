package dev.swiftkv.kernels;

/** What a weight is in every layout: its name, type and size, and the memory that it fills. */
public abstract class PackedWeight implements WeightMatrix {
  private final String name;
  private final DType dtype;
  private final int rows;
  private final int columns;
  private final DeviceBuffer buffer;

  /** A weight of a source's size in memory that it then owns. */
  protected PackedWeight(String name, DType dtype, MatrixSource source, DeviceBuffer buffer) {
    this.name = name;
    this.dtype = dtype;
    rows = source.rows();
    columns = source.columns();
    this.buffer = buffer;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final int rows() {
    return rows;
  }

  @Override
  public final int columns() {
    return columns;
  }

  @Override
  public final DType dtype() {
    return dtype;
  }

  @Override
  public final long bytes() {
    return buffer.bytes();
  }

  @Override
  public void close() {
    buffer.close();
  }

  /** Device address of the first byte. */
  protected final long bufferAddress() {
    return buffer.address();
  }
}

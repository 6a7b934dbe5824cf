package dev.swiftkv.kernels;

import java.util.Set;

/**
 * One device: its memory, its weights in the layout its kernels like, and its {@link Ops}. Confined
 * to one thread after loading, except {@link #memory}.
 */
public interface Backend extends AutoCloseable {
  /** Short name as users give it: {@code scalar}, {@code cpu}, {@code cuda}. */
  String name();

  /** One line for logs: device, instruction set or architecture, threads. */
  String description();

  /** The compute types this device runs, F32 always among them. */
  Set<DType> computeTypes();

  /** The compute type that {@code dtype=auto} means here. */
  DType preferredType();

  /** Most tokens of a forward pass where the user does not say: enough to keep the device busy. */
  default int preferredStepTokens() {
    return 512;
  }

  /** Sequences decoding at once where the user does not say. */
  default int preferredSequences() {
    return 64;
  }

  /** The device's allocator. */
  DeviceMemory memory();

  /**
   * Packs a weight matrix into device memory.
   *
   * @throws DeviceMemoryException if there is no room
   */
  WeightMatrix loadMatrix(String name, DType dtype, MatrixSource source);

  /**
   * Bytes that a tensor takes on this device. Activations of the compute type may lie in an order
   * of the device's own, with padding: only {@link #upload}, {@link #download} and the operations
   * know it, and such a tensor can be cut with {@link Tensor#firstRows} but not sliced.
   */
  default long tensorBytes(DType dtype, int rows, int columns) {
    return (long) rows * columns * dtype.bytes();
  }

  /** Bytes of one block's keys, which are also the bytes of its values, padding included. */
  long kvBytesPerBlock(KvShape shape);

  /**
   * Copies one block of keys and values onto another, when a shared block is about to be written.
   */
  void copyBlock(PagedKv cache, int fromBlock, int toBlock);

  /** Copies F32 values to a tensor, rounding to its dtype (nearest even). */
  void upload(float[] values, Tensor to);

  /** Copies a tensor to the host, widening to F32, after all pending work. */
  void download(Tensor from, float[] values);

  /** The operations. */
  Ops ops();

  /**
   * Frees the device.
   *
   * @throws IllegalStateException naming what was not given back
   */
  @Override
  void close();
}

package dev.swiftkv.kernels;

/**
 * A sized piece of one device's memory. Whoever allocates it closes it; closing twice is harmless.
 */
public interface DeviceBuffer extends AutoCloseable {
  /** What the memory is for, as named at allocation. */
  String label();

  /** The device address of the first byte, aligned to 64 bytes. */
  long address();

  /** The size asked for. */
  long bytes();

  /** This memory seen as a tensor that starts at its first byte. */
  default Tensor tensor(DType dtype, int rows, int columns) {
    Tensor tensor = new Tensor(dtype, address(), rows, columns);
    if (tensor.bytes() > bytes()) {
      throw new IllegalArgumentException(
          "%s has %d bytes; a %s tensor [%d, %d] needs %d"
              .formatted(label(), bytes(), dtype, rows, columns, tensor.bytes()));
    }
    return tensor;
  }

  @Override
  void close();
}

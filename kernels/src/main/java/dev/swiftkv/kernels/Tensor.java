package dev.swiftkv.kernels;

/**
 * A row-major view {@code [rows, columns]} of a device's memory. A view owns nothing: the {@link
 * DeviceBuffer} under it must outlive it.
 *
 * @param dtype the element type
 * @param address the device address of element [0, 0]
 * @param rows rows of the view
 * @param columns columns of the view; rows are contiguous
 */
public record Tensor(DType dtype, long address, int rows, int columns) {
  /** Checks that the view is not empty-addressed or negative. */
  public Tensor {
    if (address == 0 || rows < 0 || columns <= 0) {
      throw new IllegalArgumentException(
          "Not a tensor: address %d, shape [%d, %d]".formatted(address, rows, columns));
    }
  }

  /** Bytes that the view covers. */
  public long bytes() {
    return (long) rows * columns * dtype.bytes();
  }

  /** The first {@code count} rows of this view. */
  public Tensor firstRows(int count) {
    if (count < 0 || count > rows) {
      throw new IllegalArgumentException("%d rows of a tensor of %d rows".formatted(count, rows));
    }
    return count == rows ? this : new Tensor(dtype, address, count, columns);
  }

  /**
   * The {@code count} rows from row {@code first} on. Only for F32: a device may keep its other
   * types in another order of elements, see {@link Backend#tensorBytes}.
   */
  public Tensor slice(int first, int count) {
    if (first < 0 || count < 0 || first + count > rows) {
      throw new IllegalArgumentException(
          "Rows %d to %d of a tensor of %d rows".formatted(first, first + count, rows));
    }
    return new Tensor(dtype, address + (long) first * columns * dtype.bytes(), count, columns);
  }
}

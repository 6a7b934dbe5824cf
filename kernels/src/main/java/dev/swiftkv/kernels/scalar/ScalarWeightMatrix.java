package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.Bf16;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemory;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.PackedWeight;

/**
 * A weight in panels of {@link #PANEL} rows, each panel transposed:
 *
 * <pre>
 * element (row, column) at  ((row / PANEL) * columns + column) * PANEL + row % PANEL
 * </pre>
 *
 * so that a product runs over neighbouring outputs, a loop that HotSpot vectorises, where a sum
 * along one row must stay sequential. The last panel is filled up with zeros.
 */
final class ScalarWeightMatrix extends PackedWeight {
  /** Output features of one panel. */
  static final int PANEL = 128;

  private ScalarWeightMatrix(String name, DType dtype, MatrixSource source, DeviceBuffer buffer) {
    super(name, dtype, source, buffer);
  }

  static ScalarWeightMatrix pack(
      String name, DType dtype, MatrixSource source, DeviceMemory memory, ScalarThreads threads) {
    long panels = ((long) source.rows() + PANEL - 1) / PANEL;
    long bytes = panels * PANEL * source.columns() * dtype.bytes();
    DeviceBuffer buffer = memory.allocate(name, bytes);
    ScalarWeightMatrix matrix = new ScalarWeightMatrix(name, dtype, source, buffer);
    try {
      threads.forEach(matrix.panels(), panel -> matrix.packPanel(panel, source));
    } catch (RuntimeException | Error e) {
      buffer.close();
      throw e;
    }
    return matrix;
  }

  int panels() {
    return (rows() + PANEL - 1) / PANEL;
  }

  /** Rows that a panel holds, without its filling. */
  int panelRows(int panel) {
    return Math.min(PANEL, rows() - panel * PANEL);
  }

  /** Elements of a panel, filling included. */
  int panelElements() {
    return Math.multiplyExact(PANEL, columns());
  }

  /** Widens a panel, [columns, PANEL]. */
  void readPanel(int panel, float[] into) {
    ScalarMemory.read(dtype(), panelAddress(panel), into, 0, panelElements());
  }

  /** Widens one row, as {@link MatrixSource#readRow} gave it (rounded to {@link #dtype}). */
  void readRow(int row, float[] into) {
    long address = panelAddress(row / PANEL) + (long) (row % PANEL) * dtype().bytes();
    long stride = (long) PANEL * dtype().bytes();
    for (int column = 0; column < columns(); column++) {
      into[column] =
          dtype() == DType.F32
              ? HostMemory.getFloat(address + column * stride)
              : Bf16.toFloat(HostMemory.getShort(address + column * stride));
    }
  }

  private long panelAddress(int panel) {
    return bufferAddress() + (long) panel * panelElements() * dtype().bytes();
  }

  private void packPanel(int panel, MatrixSource source) {
    float[] row = new float[columns()];
    float[] packed = new float[panelElements()];
    for (int r = 0; r < panelRows(panel); r++) {
      source.readRow(panel * PANEL + r, row);
      for (int column = 0; column < columns(); column++) {
        packed[column * PANEL + r] = row[column];
      }
    }
    ScalarMemory.write(dtype(), packed, 0, packed.length, panelAddress(panel));
  }
}

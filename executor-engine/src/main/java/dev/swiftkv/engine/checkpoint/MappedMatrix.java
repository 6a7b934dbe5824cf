package dev.swiftkv.engine.checkpoint;

import dev.swiftkv.kernels.MatrixSource;

/** A tensor of a mapped file, row by row. */
final class MappedMatrix implements MatrixSource {
  private final Checkpoint owner;
  private final MappedFile file;
  private final ElementType type;
  private final long offset;
  private final int rows;
  private final int columns;

  MappedMatrix(Checkpoint owner, MappedFile file, TensorEntry entry, int rows, int columns) {
    this.owner = owner;
    this.file = file;
    this.type = ElementType.of(entry);
    this.offset = entry.offset();
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public void readRow(int row, float[] into) {
    owner.checkOpen();
    int rowBytes = columns * type.bytes();
    type.read(file.view(offset + (long) row * rowBytes, rowBytes), into, columns);
  }
}

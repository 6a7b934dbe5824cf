package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.KvShape;

/** Sizes of what lies in device memory; {@code layout.cuh} says where the elements are. */
final class TiledLayout {
  private static final int TILE_ROWS = 128;
  private static final int TILE_COLUMNS = 64;
  private static final long TILE_BYTES = (long) TILE_ROWS * TILE_COLUMNS * Short.BYTES;

  private TiledLayout() {}

  /** Bytes of a matrix: whole tiles in BF16, rows without gaps otherwise. */
  static long bytes(DType dtype, int rows, int columns) {
    return dtype == DType.BF16
        ? tiles(rows, TILE_ROWS) * tiles(columns, TILE_COLUMNS) * TILE_BYTES
        : (long) rows * columns * dtype.bytes();
  }

  /** Bytes of one block's keys, which are also those of its values. */
  static long kvBytesPerBlock(KvShape shape) {
    return (long) shape.kvHeads() * shape.blockTokens() * shape.headSize() * shape.dtype().bytes();
  }

  private static long tiles(int count, int perTile) {
    return ((long) count + perTile - 1) / perTile;
  }
}

package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.Bf16;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.Tensor;

/** Moves runs of elements between memory of either compute type and float arrays. */
final class ScalarMemory {
  private ScalarMemory() {}

  /** Widens {@code count} elements. */
  static void read(DType dtype, long address, float[] into, int offset, int count) {
    switch (dtype) {
      case F32 -> HostMemory.read(address, into, offset, count);
      case BF16 -> Bf16.read(address, into, offset, count);
      default -> throw notComputed(dtype);
    }
  }

  /** Rounds {@code count} elements. */
  static void write(DType dtype, float[] from, int offset, int count, long address) {
    switch (dtype) {
      case F32 -> HostMemory.write(from, offset, count, address);
      case BF16 -> Bf16.write(from, offset, count, address);
      default -> throw notComputed(dtype);
    }
  }

  /** Address of the first element of a row. */
  static long row(Tensor tensor, int row) {
    return tensor.address() + (long) row * tensor.columns() * tensor.dtype().bytes();
  }

  static IllegalArgumentException notComputed(DType dtype) {
    return new IllegalArgumentException(
        "The scalar backend computes in F32 and BF16, not in %s".formatted(dtype));
  }
}

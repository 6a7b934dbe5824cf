package dev.swiftkv.kernels;

/** The type of one element of a tensor. */
public enum DType {
  /** IEEE 754 binary32. */
  F32(4),
  /** The upper half of a binary32: 8 exponent bits, 7 fraction bits. */
  BF16(2),
  /** IEEE 754 binary16; a storage type of checkpoints, never a compute type. */
  F16(2);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}

package dev.swiftkv.kernels;

/**
 * A weight {@code [rows, columns]} = [output features, input features] in a backend's own layout.
 * Only the backend that packed it can read it.
 */
public interface WeightMatrix extends AutoCloseable {
  /** Name for messages, usually the checkpoint's. */
  String name();

  /** Output features. */
  int rows();

  /** Input features. */
  int columns();

  /** Element type as stored. */
  DType dtype();

  /** Device bytes held. */
  long bytes();

  @Override
  void close();
}

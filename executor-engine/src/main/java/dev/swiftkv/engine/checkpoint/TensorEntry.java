package dev.swiftkv.engine.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a tensor lies.
 *
 * @param name as in the file
 * @param dtype as in the file: {@code F32}, {@code BF16}, {@code F16}, or one that is not read
 * @param shape dimensions, outermost first
 * @param file the file that holds it
 * @param offset first byte in the file
 * @param bytes size
 */
public record TensorEntry(
    String name, String dtype, List<Long> shape, Path file, long offset, long bytes) {
  /** Copies the shape. */
  public TensorEntry {
    shape = List.copyOf(shape);
  }
}

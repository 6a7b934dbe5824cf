package dev.swiftkv.engine.generate;

import java.util.List;

/**
 * A tensor to write: {@code mean + deviation * noise}.
 *
 * @param rows 1 for a vector
 * @param vector whether the shape has one dimension
 */
record PlannedTensor(
    String name, int rows, int columns, boolean vector, float mean, float deviation) {
  static PlannedTensor matrix(String name, int rows, int columns, double deviation) {
    return new PlannedTensor(name, rows, columns, false, 0, (float) deviation);
  }

  static PlannedTensor vector(String name, int size, double mean, double deviation) {
    return new PlannedTensor(name, 1, size, true, (float) mean, (float) deviation);
  }

  List<Long> shape() {
    return vector ? List.of((long) columns) : List.of((long) rows, (long) columns);
  }

  long elements() {
    return (long) rows * columns;
  }
}

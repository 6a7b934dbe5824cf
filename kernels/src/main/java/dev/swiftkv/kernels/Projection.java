package dev.swiftkv.kernels;

import java.util.Optional;

/**
 * {@code y = x W^T + b}.
 *
 * @param weight [output, input]
 * @param biasOrNull f32 [1, output], or null where the projection has none
 */
public record Projection(WeightMatrix weight, Tensor biasOrNull) {
  /** Checks the bias against the weight. */
  public Projection {
    if (biasOrNull != null
        && (biasOrNull.dtype() != DType.F32 || biasOrNull.columns() != weight.rows())) {
      throw new IllegalArgumentException(
          "Bias of %s must be F32 with %d columns, got %s"
              .formatted(weight.name(), weight.rows(), biasOrNull));
    }
  }

  /** A projection without bias. */
  public static Projection of(WeightMatrix weight) {
    return new Projection(weight, null);
  }

  /** The bias, if there is one. */
  public Optional<Tensor> bias() {
    return Optional.ofNullable(biasOrNull);
  }
}

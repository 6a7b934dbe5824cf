package dev.swiftkv.engine.forward;

import dev.swiftkv.kernels.WeightMatrix;
import java.util.List;
import java.util.Optional;

/**
 * The weights of a decoder, in the order that they are used.
 *
 * @param embedding [vocab, hidden]
 * @param earlyLayers segment A, every token
 * @param boundaryOrNull between the segments; null where there are no later layers
 * @param laterLayers segment B, survivors
 * @param finalNorm before the head
 * @param head [vocab, hidden]; the embedding itself where they are tied
 */
public record Decoder(
    WeightMatrix embedding,
    List<DecoderLayer> earlyLayers,
    Boundary boundaryOrNull,
    List<DecoderLayer> laterLayers,
    RmsNorm finalNorm,
    WeightMatrix head) {
  /** Checks that later layers come with a boundary. */
  public Decoder {
    earlyLayers = List.copyOf(earlyLayers);
    laterLayers = List.copyOf(laterLayers);
    if (laterLayers.isEmpty() != (boundaryOrNull == null)) {
      throw new IllegalArgumentException(
          "%d later layers %s a boundary"
              .formatted(laterLayers.size(), boundaryOrNull == null ? "without" : "with"));
    }
  }

  /** The boundary, if there is one. */
  public Optional<Boundary> boundary() {
    return Optional.ofNullable(boundaryOrNull);
  }
}

package dev.swiftkv.kernels;

/**
 * Cosines and sines of rotary position embedding, one row a position (Su et al., RoFormer). Element
 * {@code i} rotates the pair {@code (i, i + headSize / 2)} of a head, the convention of Hugging
 * Face checkpoints. The angles, llama3 scaling included, are the caller's.
 *
 * @param cosine f32 [positions, headSize / 2]
 * @param sine f32 [positions, headSize / 2]
 */
public record RopeTable(Tensor cosine, Tensor sine) {
  /** Checks that both tables agree. */
  public RopeTable {
    if (cosine.rows() != sine.rows() || cosine.columns() != sine.columns()) {
      throw new IllegalArgumentException("Cosine %s and sine %s differ".formatted(cosine, sine));
    }
  }

  /** Positions that the table covers. */
  public int positions() {
    return cosine.rows();
  }
}

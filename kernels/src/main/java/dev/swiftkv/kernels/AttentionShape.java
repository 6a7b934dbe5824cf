package dev.swiftkv.kernels;

/**
 * Grouped-query attention: {@code heads / kvHeads} query heads share one head of keys and values.
 *
 * @param heads query heads
 * @param kvHeads heads of keys and values; divides {@code heads}
 * @param headSize elements of one head
 */
public record AttentionShape(int heads, int kvHeads, int headSize) {
  /** Checks that the heads group evenly and that the head size can be rotated in pairs. */
  public AttentionShape {
    if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0 || headSize <= 0 || headSize % 2 != 0) {
      throw new IllegalArgumentException(
          "Attention needs heads divisible by kvHeads and an even head size, got %d heads, %d"
                  .formatted(heads, kvHeads)
              + " kvHeads, head size %d".formatted(headSize));
    }
  }

  /** Columns of all query heads. */
  public int queryColumns() {
    return heads * headSize;
  }

  /** Columns of all key heads, and of all value heads. */
  public int kvColumns() {
    return kvHeads * headSize;
  }

  /** Query heads that share one key head. */
  public int groupSize() {
    return heads / kvHeads;
  }

  /** The factor on query-key products, {@code 1 / sqrt(headSize)}. */
  public float scale() {
    return (float) (1.0 / Math.sqrt(headSize));
  }
}

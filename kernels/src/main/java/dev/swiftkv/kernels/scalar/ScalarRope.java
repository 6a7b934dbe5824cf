package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.RopeTable;

/** The rotation of one position: element i of a head turns with element i + headSize / 2. */
final class ScalarRope {
  private final int half;
  private final float[] cosine;
  private final float[] sine;

  ScalarRope(RopeTable rope, int position) {
    half = rope.cosine().columns();
    cosine = new float[half];
    sine = new float[half];
    ScalarMemory.read(DType.F32, ScalarMemory.row(rope.cosine(), position), cosine, 0, half);
    ScalarMemory.read(DType.F32, ScalarMemory.row(rope.sine(), position), sine, 0, half);
  }

  /** Rotates {@code heads} heads that start at {@code from}, in F32. */
  void rotate(float[] values, int from, int heads) {
    for (int head = 0; head < heads; head++) {
      int at = from + head * 2 * half;
      for (int i = 0; i < half; i++) {
        float left = values[at + i];
        float right = values[at + half + i];
        values[at + i] = left * cosine[i] - right * sine[i];
        values[at + half + i] = right * cosine[i] + left * sine[i];
      }
    }
  }
}

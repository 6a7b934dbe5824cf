package dev.swiftkv.engine.model;

import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;

/** Computes rotary tables: angles, cosines and sines in double, stored in F32. */
final class RopeTables {
  private static final int POSITIONS_AT_ONCE = 4096;

  private RopeTables() {}

  static RopeTable load(ModelConfig config, WeightStore weights) {
    int half = config.headSize() / 2;
    Tensor cosine = weights.table("rope cosine", config.contextLength(), half);
    Tensor sine = weights.table("rope sine", config.contextLength(), half);
    double[] frequencies = frequencies(config);
    for (int first = 0; first < config.contextLength(); first += POSITIONS_AT_ONCE) {
      int count = Math.min(POSITIONS_AT_ONCE, config.contextLength() - first);
      float[] cosines = new float[count * half];
      float[] sines = new float[count * half];
      for (int i = 0; i < cosines.length; i++) {
        double angle = (first + i / half) * frequencies[i % half];
        cosines[i] = (float) Math.cos(angle);
        sines[i] = (float) Math.sin(angle);
      }
      weights.upload(cosines, cosine.slice(first, count));
      weights.upload(sines, sine.slice(first, count));
    }
    return new RopeTable(cosine, sine);
  }

  /** Radians per position of each pair of a head. */
  static double[] frequencies(ModelConfig config) {
    double[] frequencies = new double[config.headSize() / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = Math.pow(config.ropeTheta(), -2.0 * i / config.headSize());
      frequencies[i] = config.ropeScaling().scale(frequency);
    }
    return frequencies;
  }
}

package dev.swiftkv.benchmarks.gpu;

import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import java.util.List;

/** A matrix of noise whose products have about the deviation of their input. */
record NoiseSource(NoiseBand band, int columns) implements MatrixSource {
  static NoiseSource of(long seed, int rows, int columns) {
    return new NoiseSource(NoiseBand.whole(seed, (float) Math.sqrt(3.0 / columns), rows), columns);
  }

  @Override
  public int rows() {
    return band.rows();
  }

  @Override
  public void readRow(int row, float[] into) {
    band.readRow(row, columns, into);
  }

  @Override
  public List<NoiseBand> noiseBands() {
    return List.of(band);
  }
}

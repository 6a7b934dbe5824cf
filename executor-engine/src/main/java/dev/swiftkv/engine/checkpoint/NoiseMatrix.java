package dev.swiftkv.engine.checkpoint;

import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import java.util.List;

/**
 * A tensor of noise, row by row, or as a device can make it.
 *
 * @param mean added to every element; 0 for a matrix
 */
record NoiseMatrix(NoiseBand band, float mean, int columns) implements MatrixSource {
  @Override
  public int rows() {
    return band.rows();
  }

  @Override
  public void readRow(int row, float[] into) {
    band.readRow(row, columns, into);
    if (mean != 0) {
      for (int column = 0; column < columns; column++) {
        into[column] += mean;
      }
    }
  }

  @Override
  public List<NoiseBand> noiseBands() {
    return mean == 0 ? List.of(band) : List.of();
  }
}

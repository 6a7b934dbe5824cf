package dev.swiftkv.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowSourcesTest {
  private static final int COLUMNS = 5;

  @Test
  void bandsOfFusedNoiseAreItsRows() {
    MatrixSource pairs = RowSources.interleaved(noise(1, 3), noise(2, 3));
    MatrixSource all = RowSources.concatenated(List.of(noise(3, 2), pairs, noise(4, 1)));
    float[][] made = new float[all.rows()][];
    for (NoiseBand band : all.noiseBands()) {
      for (int i = 0; i < band.rows(); i++) {
        float[] row = new float[COLUMNS];
        band.readRow(i, COLUMNS, row);
        made[band.firstRow() + i * band.rowStep()] = row;
      }
    }
    float[] read = new float[COLUMNS];
    for (int row = 0; row < all.rows(); row++) {
      all.readRow(row, read);
      assertThat(made[row]).as("row %d", row).isEqualTo(read);
    }
  }

  @Test
  void whatIsPartlyReadIsNoNoise() {
    MatrixSource read =
        new MatrixSource() {
          @Override
          public int rows() {
            return 2;
          }

          @Override
          public int columns() {
            return COLUMNS;
          }

          @Override
          public void readRow(int row, float[] into) {
            into[0] = row;
          }
        };
    assertThat(RowSources.concatenated(List.of(noise(1, 2), read)).noiseBands()).isEmpty();
    assertThat(RowSources.interleaved(read, noise(1, 2)).noiseBands()).isEmpty();
  }

  private static MatrixSource noise(long seed, int rows) {
    NoiseBand band = NoiseBand.whole(seed, 1f, rows);
    return new MatrixSource() {
      @Override
      public int rows() {
        return rows;
      }

      @Override
      public int columns() {
        return COLUMNS;
      }

      @Override
      public void readRow(int row, float[] into) {
        band.readRow(row, COLUMNS, into);
      }

      @Override
      public List<NoiseBand> noiseBands() {
        return List.of(band);
      }
    };
  }
}

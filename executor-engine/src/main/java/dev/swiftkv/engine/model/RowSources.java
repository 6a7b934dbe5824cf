package dev.swiftkv.engine.model;

import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import java.util.ArrayList;
import java.util.List;

/** Matrices fused as they are read, so that one product serves several projections. */
final class RowSources {
  private RowSources() {}

  /** The rows of all parts, one part after the other. */
  static MatrixSource concatenated(List<MatrixSource> parts) {
    return new Concatenated(List.copyOf(parts));
  }

  /** Row 2i is row i of {@code even}, row 2i + 1 is row i of {@code odd}. */
  static MatrixSource interleaved(MatrixSource even, MatrixSource odd) {
    return new Interleaved(even, odd);
  }

  private record Concatenated(List<MatrixSource> parts) implements MatrixSource {
    @Override
    public int rows() {
      return parts.stream().mapToInt(MatrixSource::rows).reduce(0, Math::addExact);
    }

    @Override
    public int columns() {
      return parts.get(0).columns();
    }

    @Override
    public void readRow(int row, float[] into) {
      int rest = row;
      int part = 0;
      while (rest >= parts.get(part).rows()) {
        rest -= parts.get(part++).rows();
      }
      parts.get(part).readRow(rest, into);
    }

    @Override
    public List<NoiseBand> noiseBands() {
      List<NoiseBand> all = new ArrayList<>();
      int first = 0;
      for (MatrixSource part : parts) {
        if (!addPlaced(part, first, 1, all)) {
          return List.of();
        }
        first += part.rows();
      }
      return all;
    }
  }

  private record Interleaved(MatrixSource even, MatrixSource odd) implements MatrixSource {
    @Override
    public int rows() {
      return Math.addExact(even.rows(), odd.rows());
    }

    @Override
    public int columns() {
      return even.columns();
    }

    @Override
    public void readRow(int row, float[] into) {
      (row % 2 == 0 ? even : odd).readRow(row / 2, into);
    }

    @Override
    public List<NoiseBand> noiseBands() {
      List<NoiseBand> all = new ArrayList<>();
      return addPlaced(even, 0, 2, all) && addPlaced(odd, 1, 2, all) ? all : List.of();
    }
  }

  /** Adds a part's bands as they lie in the whole; false if the part is not all noise. */
  private static boolean addPlaced(MatrixSource part, int first, int step, List<NoiseBand> to) {
    List<NoiseBand> bands = part.noiseBands();
    bands.forEach(band -> to.add(band.placed(first, step)));
    return !bands.isEmpty();
  }
}

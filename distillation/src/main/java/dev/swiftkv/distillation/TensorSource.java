package dev.swiftkv.distillation;

import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.checkpoint.TensorEntry;
import dev.swiftkv.kernels.MatrixSource;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A tensor to be written, row by row, so that memory does not grow with a checkpoint.
 *
 * @param rows a vector is one row
 */
record TensorSource(String name, List<Long> shape, MatrixSource rows) {
  long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** A tensor of libtorch, as F32. */
  static TensorSource of(String name, Tensor tensor) {
    Tensor values = tensor.detach().cpu().to(ScalarType.Float).contiguous();
    float[] all = new float[Math.toIntExact(values.numel())];
    values.data_ptr_float().get(all);
    boolean vector = values.dim() == 1;
    int columns = Math.toIntExact(values.size(vector ? 0 : 1));
    List<Long> shape = vector ? List.of((long) columns) : List.of(values.size(0), (long) columns);
    return new TensorSource(
        name,
        shape,
        MatrixSource.of(
            all.length / columns,
            columns,
            (row, into) -> System.arraycopy(all, row * columns, into, 0, columns)));
  }

  /** A tensor of a checkpoint that stays open. */
  static TensorSource of(Checkpoint checkpoint, TensorEntry entry) {
    List<Long> shape = entry.shape();
    if (shape.size() == 1) {
      float[] vector = checkpoint.vector(entry.name(), Math.toIntExact(shape.get(0)));
      return new TensorSource(
          entry.name(),
          shape,
          MatrixSource.of(
              1,
              vector.length,
              (row, into) -> System.arraycopy(vector, 0, into, 0, vector.length)));
    }
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    return new TensorSource(entry.name(), shape, checkpoint.matrix(entry.name(), rows, columns));
  }
}

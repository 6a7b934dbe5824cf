package dev.swiftkv.distillation;

import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.checkpoint.TensorEntry;
import dev.swiftkv.kernels.MatrixSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The frozen tensors of a checkpoint, by name. They are shared by teacher and student. */
final class TeacherWeights {
  private final Map<String, Tensor> tensors;
  private final ScalarType type;
  private final Device device;

  private TeacherWeights(Map<String, Tensor> tensors, ScalarType type, Device device) {
    this.tensors = tensors;
    this.type = type;
    this.device = device;
  }

  /**
   * Reads every tensor.
   *
   * @param type what to compute in: Float, or Double for checks
   * @param device where
   */
  static TeacherWeights read(Path directory, ScalarType type, Device device) {
    Map<String, Tensor> tensors = new HashMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      for (TensorEntry entry : checkpoint.tensors()) {
        tensors.put(entry.name(), read(checkpoint, entry).to(device, type));
      }
    }
    return new TeacherWeights(tensors, type, device);
  }

  /** One tensor in F32. */
  static Tensor read(Checkpoint checkpoint, TensorEntry entry) {
    List<Long> shape = entry.shape();
    if (shape.size() == 1) {
      return Tensor.create(checkpoint.vector(entry.name(), Math.toIntExact(shape.get(0))));
    }
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    MatrixSource source = checkpoint.matrix(entry.name(), rows, columns);
    float[] all = new float[Math.multiplyExact(rows, columns)];
    float[] row = new float[columns];
    for (int i = 0; i < rows; i++) {
      source.readRow(i, row);
      System.arraycopy(row, 0, all, i * columns, columns);
    }
    return Tensor.create(all, rows, columns);
  }

  /** A tensor that must be there. */
  Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException("The checkpoint has no tensor " + name);
    }
    return tensor;
  }

  /** A tensor, or null where the checkpoint has none of this name. */
  Tensor getOrNull(String name) {
    return tensors.get(name);
  }

  /** The type that is computed in. */
  ScalarType type() {
    return type;
  }

  /** Real numbers as the weights are: of their type, on their device. */
  Tensor likeWeights(Tensor values) {
    return values.to(device, type);
  }

  /** Ids or positions on the device of the weights. */
  Tensor onDevice(long... values) {
    return Tensor.create(values).to(device, ScalarType.Long);
  }

  /** The numbers from 0 to below a count, on the device of the weights. */
  Tensor range(long count) {
    return torch.arange(new Scalar(count)).to(device, ScalarType.Long);
  }
}

package dev.swiftkv.distillation;

import dev.swiftkv.engine.config.ModelConfig;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The trained tensors under their published names: one norm, the queries of every later layer, keys
 * and values of the first layer of each group.
 */
final class StudentWeights {
  static final String NORM = "model.norm_swiftkv.weight";

  private final SortedMap<String, Tensor> tensors = new TreeMap<>();

  private StudentWeights() {}

  /**
   * Initial values from the teacher: queries copied, keys and values averaged over each group, the
   * norm from the first later layer.
   *
   * @param config of the student, with its boundary and group size
   */
  static StudentWeights fromTeacher(ModelConfig config, TeacherWeights teacher) {
    StudentWeights student = new StudentWeights();
    int boundary = config.keyValueLayers();
    int group = config.keyValueGroupSize();
    String norm =
        config.swiftKv()
            ? "model.layers.%d.input_layernorm.weight".formatted(boundary)
            : "model.norm.weight";
    try (NoGradGuard guard = new NoGradGuard()) {
      student.put(NORM, teacher.get(norm).clone());
      for (int layer = boundary; layer < config.layers(); layer++) {
        student.average(teacher, "q_proj", layer, 1);
        if ((layer - boundary) % group == 0) {
          student.average(teacher, "k_proj", layer, group);
          student.average(teacher, "v_proj", layer, group);
        }
      }
    }
    return student;
  }

  private void average(TeacherWeights teacher, String projection, int first, int count) {
    for (String part : new String[] {".weight", ".bias"}) {
      String suffix = projection + part;
      if (teacher.getOrNull(attention(first) + suffix) == null) {
        continue;
      }
      Tensor sum = teacher.get(attention(first) + suffix).clone();
      for (int layer = first + 1; layer < first + count; layer++) {
        sum.add_(teacher.get(attention(layer) + suffix));
      }
      put(attention(first) + projection + "_swiftkv" + part, sum.div_(new Scalar((double) count)));
    }
  }

  private static String attention(int layer) {
    return "model.layers.%d.self_attn.".formatted(layer);
  }

  private void put(String name, Tensor tensor) {
    tensors.put(name, tensor.detach().requires_grad_(true));
  }

  /** Overwrites the values of a tensor. */
  void set(String name, Tensor values) {
    try (NoGradGuard guard = new NoGradGuard()) {
      tensors.get(name).copy_(values);
    }
  }

  Tensor get(String name) {
    return tensors.get(name);
  }

  /** Every trained tensor by name, sorted. */
  SortedMap<String, Tensor> tensors() {
    return Collections.unmodifiableSortedMap(tensors);
  }

  long parameters() {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }
}

package dev.swiftkv.engine.generate;

import dev.swiftkv.engine.config.ModelFamily.AttentionBiasRule;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tensors a published checkpoint of a family holds, in which order. Later layers of SwiftKV
 * checkpoints keep the teacher's {@code q/k/v_proj}, as the published ones do.
 *
 * <p>Matrices have deviation {@code 1 / sqrt(input features)}, those that end a residual branch
 * less by {@code sqrt(2 * layers)} (as GPT-2 was initialized), so that activations and logits have
 * deviations near 1 at any size. Norms are near 1, not 1, and biases not 0, so that a forward pass
 * that forgets one gives other logits.
 */
final class CheckpointLayout {
  private static final double VECTOR_DEVIATION = 0.1;

  private final CheckpointSpec spec;
  private final List<PlannedTensor> tensors = new ArrayList<>();

  private CheckpointLayout(CheckpointSpec spec) {
    this.spec = spec;
  }

  static List<PlannedTensor> of(CheckpointSpec spec) {
    CheckpointLayout layout = new CheckpointLayout(spec);
    layout.matrix("model.embed_tokens.weight", spec.vocabularySize(), spec.hiddenSize());
    for (int i = 0; i < spec.layers(); i++) {
      layout.layer(i, "model.layers.%d.".formatted(i));
    }
    layout.norm("model.norm.weight");
    if (spec.family().swiftKv()) {
      layout.norm("model.norm_swiftkv.weight");
    }
    if (!spec.tiedEmbeddings()) {
      layout.matrix("lm_head.weight", spec.vocabularySize(), spec.hiddenSize());
    }
    return List.copyOf(layout.tensors);
  }

  private void layer(int i, String layer) {
    int queryColumns = spec.heads() * spec.headSize();
    int kvColumns = spec.kvHeads() * spec.headSize();
    String attention = layer + "self_attn.";
    norm(layer + "input_layernorm.weight");
    projection(attention + "q_proj", queryColumns);
    projection(attention + "k_proj", kvColumns);
    projection(attention + "v_proj", kvColumns);
    int later = i - spec.keyValueLayers();
    if (later >= 0) {
      projection(attention + "q_proj_swiftkv", queryColumns);
    }
    if (later >= 0 && later % spec.keyValueGroupSize() == 0) {
      projection(attention + "k_proj_swiftkv", kvColumns);
      projection(attention + "v_proj_swiftkv", kvColumns);
    }
    branchEnd(attention + "o_proj.weight", queryColumns);
    norm(layer + "post_attention_layernorm.weight");
    matrix(layer + "mlp.gate_proj.weight", spec.intermediateSize(), spec.hiddenSize());
    matrix(layer + "mlp.up_proj.weight", spec.intermediateSize(), spec.hiddenSize());
    branchEnd(layer + "mlp.down_proj.weight", spec.intermediateSize());
  }

  private void projection(String name, int rows) {
    matrix(name + ".weight", rows, spec.hiddenSize());
    if (spec.family().attentionBias() == AttentionBiasRule.QUERY_KEY_VALUE) {
      tensors.add(PlannedTensor.vector(name + ".bias", rows, 0, VECTOR_DEVIATION));
    }
  }

  private void matrix(String name, int rows, int columns) {
    tensors.add(PlannedTensor.matrix(name, rows, columns, 1 / Math.sqrt(columns)));
  }

  private void branchEnd(String name, int columns) {
    double deviation = 1 / Math.sqrt(2.0 * spec.layers() * columns);
    tensors.add(PlannedTensor.matrix(name, spec.hiddenSize(), columns, deviation));
  }

  private void norm(String name) {
    tensors.add(PlannedTensor.vector(name, spec.hiddenSize(), 1, VECTOR_DEVIATION));
  }
}

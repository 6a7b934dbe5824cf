package dev.swiftkv.distillation;

import dev.swiftkv.engine.config.ModelConfig;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The forward pass of teacher and student over one document. Both share the leading layers. In the
 * student keys and values of later layers depend on the boundary alone, so that only the rows whose
 * logits are wanted run through them.
 */
final class TwoSegmentModel {
  private final ModelConfig config;
  private final TeacherWeights teacher;
  private final StudentWeights student;
  private final Tensor cosine;
  private final Tensor sine;

  /**
   * What a document's rows came to.
   *
   * @param logits [rows, vocabulary]
   * @param hidden input of the last layer [rows, hidden size]
   */
  record Outputs(Tensor logits, Tensor hidden) {}

  /**
   * Keys and values of all positions, rotated, one head for each query head [1, heads, T, size].
   */
  private record KeyValues(Tensor keys, Tensor values) {}

  /**
   * A model.
   *
   * @param positions of the longest document
   */
  TwoSegmentModel(
      ModelConfig config, TeacherWeights teacher, StudentWeights student, int positions) {
    this.config = config;
    this.teacher = teacher;
    this.student = student;
    int half = config.headSize() / 2;
    double[] cosines = new double[positions * half];
    double[] sines = new double[positions * half];
    for (int i = 0; i < cosines.length; i++) {
      double plain = Math.pow(config.ropeTheta(), -2.0 * (i % half) / config.headSize());
      double angle = (i / half) * config.ropeScaling().scale(plain);
      cosines[i] = Math.cos(angle);
      sines[i] = Math.sin(angle);
    }
    cosine = Tensor.create(cosines, positions, 1, half).to(teacher.type());
    sine = Tensor.create(sines, positions, 1, half).to(teacher.type());
  }

  /** The residual stream before the first later layer [tokens, hidden size]. */
  Tensor boundary(long[] tokenIds) {
    Tensor x = torch.embedding(teacher.get("model.embed_tokens.weight"), Tensor.create(tokenIds));
    Tensor all = torch.arange(new Scalar((long) tokenIds.length));
    for (int layer = 0; layer < config.keyValueLayers(); layer++) {
      x = teacherLayer(layer, x, all);
    }
    return x;
  }

  /** What the teacher makes of a boundary at some rows. */
  Outputs teach(Tensor boundary, Tensor rows) {
    Tensor x = boundary;
    Tensor before = boundary;
    Tensor all = torch.arange(new Scalar(boundary.size(0)));
    for (int layer = config.keyValueLayers(); layer < config.layers(); layer++) {
      before = x;
      x = teacherLayer(layer, x, all);
    }
    return new Outputs(logits(x.index_select(0, rows)), before.index_select(0, rows));
  }

  /** What the student makes of a boundary at some rows. */
  Outputs learn(Tensor boundary, Tensor rows) {
    Tensor shared = norm(boundary, student.get(StudentWeights.NORM));
    Tensor all = torch.arange(new Scalar(boundary.size(0)));
    Tensor x = boundary.index_select(0, rows);
    Tensor before = x;
    KeyValues group = null;
    for (int layer = config.keyValueLayers(); layer < config.layers(); layer++) {
      String attention = "model.layers.%d.self_attn.".formatted(layer);
      if ((layer - config.keyValueLayers()) % config.keyValueGroupSize() == 0) {
        group =
            keyValues(
                studentProjection(shared, attention + "k_proj_swiftkv"),
                studentProjection(shared, attention + "v_proj_swiftkv"),
                all);
      }
      before = x;
      Tensor normed = norm(x, teacher.get(layer(layer) + "input_layernorm.weight"));
      Tensor query = studentProjection(normed, attention + "q_proj_swiftkv");
      x = finishLayer(layer, x, attend(query, group, rows, all));
    }
    return new Outputs(logits(x), before);
  }

  private Tensor teacherLayer(int layer, Tensor x, Tensor all) {
    String attention = layer(layer) + "self_attn.";
    Tensor normed = norm(x, teacher.get(layer(layer) + "input_layernorm.weight"));
    KeyValues own =
        keyValues(
            teacherProjection(normed, attention + "k_proj"),
            teacherProjection(normed, attention + "v_proj"),
            all);
    Tensor query = teacherProjection(normed, attention + "q_proj");
    return finishLayer(layer, x, attend(query, own, all, all));
  }

  /** Output projection and feed-forward, each added to the residual stream. */
  private Tensor finishLayer(int layer, Tensor x, Tensor attended) {
    String name = layer(layer);
    Tensor y = x.add(teacherProjection(attended, name + "self_attn.o_proj"));
    Tensor normed = norm(y, teacher.get(name + "post_attention_layernorm.weight"));
    Tensor gate = torch.silu(teacherProjection(normed, name + "mlp.gate_proj"));
    Tensor up = teacherProjection(normed, name + "mlp.up_proj");
    return y.add(teacherProjection(gate.mul(up), name + "mlp.down_proj"));
  }

  private KeyValues keyValues(Tensor keys, Tensor values, Tensor positions) {
    return new KeyValues(repeated(rotated(heads(keys), positions)), repeated(heads(values)));
  }

  private Tensor attend(Tensor query, KeyValues past, Tensor rows, Tensor all) {
    Tensor rotated = rotated(heads(query), rows).transpose(0, 1).unsqueeze(0);
    Tensor visible = all.unsqueeze(0).le(rows.unsqueeze(1));
    Tensor out =
        torch.scaled_dot_product_attention(
            rotated,
            past.keys(),
            past.values(),
            new TensorOptional(visible),
            /* dropout_p */ 0.0,
            /* is_causal */ false,
            new DoubleOptional(),
            /* enable_gqa */ false);
    long width = (long) config.heads() * config.headSize();
    return out.transpose(1, 2).reshape(rows.size(0), width);
  }

  private Tensor heads(Tensor columns) {
    return columns.view(columns.size(0), -1, config.headSize());
  }

  /** Each key-value head once for every query head that reads it. */
  private Tensor repeated(Tensor heads) {
    long tokens = heads.size(0);
    long size = config.headSize();
    long share = config.heads() / config.kvHeads();
    return heads
        .unsqueeze(2)
        .expand(tokens, config.kvHeads(), share, size)
        .reshape(tokens, config.heads(), size)
        .transpose(0, 1)
        .unsqueeze(0);
  }

  private Tensor rotated(Tensor heads, Tensor positions) {
    long half = config.headSize() / 2;
    Tensor cos = cosine.index_select(0, positions);
    Tensor sin = sine.index_select(0, positions);
    Tensor first = heads.narrow(2, 0, half);
    Tensor second = heads.narrow(2, half, half);
    return torch.cat(
        new TensorVector(first.mul(cos).sub(second.mul(sin)), second.mul(cos).add(first.mul(sin))),
        2);
  }

  private Tensor norm(Tensor x, Tensor weight) {
    Tensor mean = x.square().mean(new long[] {-1}, true, new ScalarTypeOptional());
    return x.mul(torch.rsqrt(mean.add(new Scalar((double) config.rmsNormEpsilon())))).mul(weight);
  }

  private Tensor logits(Tensor x) {
    Tensor head = teacher.getOrNull("lm_head.weight");
    Tensor matrix =
        config.tiedEmbeddings() || head == null ? teacher.get("model.embed_tokens.weight") : head;
    return torch.linear(norm(x, teacher.get("model.norm.weight")), matrix);
  }

  private Tensor teacherProjection(Tensor x, String name) {
    return linear(x, teacher.get(name + ".weight"), teacher.getOrNull(name + ".bias"));
  }

  private Tensor studentProjection(Tensor x, String name) {
    return linear(x, student.get(name + ".weight"), student.get(name + ".bias"));
  }

  private static Tensor linear(Tensor x, Tensor weight, Tensor biasOrNull) {
    return biasOrNull == null
        ? torch.linear(x, weight)
        : torch.linear(x, weight, new TensorOptional(biasOrNull));
  }

  private static String layer(int layer) {
    return "model.layers.%d.".formatted(layer);
  }
}

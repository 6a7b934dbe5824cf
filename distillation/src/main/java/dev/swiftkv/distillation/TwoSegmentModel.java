package dev.swiftkv.distillation;

import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.engine.config.ModelConfig;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The forward pass of teacher and student over one document. Both share the leading layers. In the
 * student keys and values of later layers depend on the boundary alone, so that only the rows whose
 * logits are wanted run through them.
 */
final class TwoSegmentModel {
  private final ModelConfig config;
  private final TeacherWeights teacher;
  private final StudentWeights student;
  private final ScalarType attentionType;
  private final Tensor cosine;
  private final Tensor sine;

  /**
   * What a document's rows came to.
   *
   * @param last output of the last layer, before the final norm [rows, hidden size]
   * @param hidden input of the last layer [rows, hidden size]
   */
  record Outputs(Tensor last, Tensor hidden) {}

  /**
   * Keys and values of all positions, rotated [positions, key-value heads, size], as attention
   * takes them.
   */
  private record KeyValues(Tensor keys, Tensor values) {}

  /**
   * A model.
   *
   * @param precision BF16 lets the frozen layers attend in BF16, twice as fast
   * @param positions of the longest document
   */
  TwoSegmentModel(
      ModelConfig config,
      TeacherWeights teacher,
      StudentWeights student,
      Precision precision,
      int positions) {
    attentionType = precision == Precision.BF16 ? ScalarType.BFloat16 : teacher.type();
    this.config = config;
    this.teacher = teacher;
    this.student = student;
    int half = config.headSize() / 2;
    double[] cosines = new double[positions * half];
    double[] sines = new double[positions * half];
    for (int i = 0; i < cosines.length; i++) {
      double plain = Math.pow(config.ropeTheta(), -2.0 * (i % half) / config.headSize());
      int position = i / half;
      double angle = position * config.ropeScaling().scale(plain);
      cosines[i] = Math.cos(angle);
      sines[i] = Math.sin(angle);
    }
    cosine = teacher.likeWeights(Tensor.create(cosines, positions, 1, half));
    sine = teacher.likeWeights(Tensor.create(sines, positions, 1, half));
  }

  /** The residual stream before the first later layer [tokens, hidden size]. */
  Tensor boundary(long[] tokenIds) {
    Tensor ids = teacher.onDevice(tokenIds);
    Tensor x = torch.embedding(teacher.get("model.embed_tokens.weight"), ids);
    Tensor all = teacher.range(tokenIds.length);
    for (int layer = 0; layer < config.keyValueLayers(); layer++) {
      x = teacherLayer(layer, x, all);
    }
    return x;
  }

  /** Positions as {@link #teach} and {@link #learn} take them. */
  Tensor rows(long... positions) {
    return teacher.onDevice(positions);
  }

  /** What the teacher makes of a boundary at some rows. */
  Outputs teach(Tensor boundary, Tensor rows) {
    if (!config.swiftKv()) {
      Tensor last = boundary.index_select(0, rows);
      return new Outputs(last, last);
    }
    Tensor x = boundary;
    Tensor all = teacher.range(boundary.size(0));
    int last = config.layers() - 1;
    for (int layer = config.keyValueLayers(); layer < last; layer++) {
      x = teacherLayer(layer, x, all);
    }
    Tensor before = x.index_select(0, rows);
    return new Outputs(lastTeacherLayer(x, before, rows, all), before);
  }

  /** What the student makes of a boundary at some rows. */
  Outputs learn(Tensor boundary, Tensor rows) {
    Tensor shared = norm(boundary, student.get(StudentWeights.NORM));
    Tensor all = teacher.range(boundary.size(0));
    Tensor x = boundary.index_select(0, rows);
    Tensor before = x;
    KeyValues group = null;
    Tensor mask = mask(rows, all);
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
      x = finishLayer(layer, x, attendRows(rotated(heads(query), rows), group, mask));
    }
    return new Outputs(x, before);
  }

  /** The logits of some rows [rows, vocabulary]. */
  Tensor logits(Outputs rows) {
    Tensor head = teacher.getOrNull("lm_head.weight");
    Tensor matrix =
        config.tiedEmbeddings() || head == null ? teacher.get("model.embed_tokens.weight") : head;
    return torch.linear(norm(rows.last(), teacher.get("model.norm.weight")), matrix);
  }

  private Tensor teacherLayer(int layer, Tensor x, Tensor all) {
    Tensor normed = norm(x, teacher.get(layer(layer) + "input_layernorm.weight"));
    Tensor query = teacherProjection(normed, layer(layer) + "self_attn.q_proj");
    KeyValues own = teacherKeyValues(layer, normed, all);
    return finishLayer(layer, x, attendAll(rotated(heads(query), all), own));
  }

  /** The last layer, at the rows whose logits are wanted. */
  private Tensor lastTeacherLayer(Tensor x, Tensor xOfRows, Tensor rows, Tensor all) {
    int layer = config.layers() - 1;
    Tensor normed = norm(x, teacher.get(layer(layer) + "input_layernorm.weight"));
    Tensor query =
        teacherProjection(normed.index_select(0, rows), layer(layer) + "self_attn.q_proj");
    KeyValues own = teacherKeyValues(layer, normed, all);
    return finishLayer(
        layer, xOfRows, attendRows(rotated(heads(query), rows), own, mask(rows, all)));
  }

  private KeyValues teacherKeyValues(int layer, Tensor normed, Tensor positions) {
    String attention = layer(layer) + "self_attn.";
    return keyValues(
        teacherProjection(normed, attention + "k_proj"),
        teacherProjection(normed, attention + "v_proj"),
        positions);
  }

  /** What is added to each row's scores: 0 at its own position and before, else minus infinity. */
  private Tensor mask(Tensor rows, Tensor all) {
    Tensor later = all.unsqueeze(0).gt(rows.unsqueeze(1));
    return teacher
        .likeWeights(torch.zeros(rows.size(0), all.size(0)))
        .masked_fill_(later, new Scalar(Double.NEGATIVE_INFINITY));
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
    return new KeyValues(rotated(heads(keys), positions), heads(values));
  }

  /**
   * Attention of all positions, each to itself and those before.
   *
   * @param query rotated [positions, heads, head size]
   */
  private Tensor attendAll(Tensor query, KeyValues own) {
    Tensor out =
        torch.scaled_dot_product_attention(
            headsFirst(query),
            headsFirst(repeated(own.keys())),
            headsFirst(repeated(own.values())),
            /* attn_mask */ new TensorOptional(),
            /* dropout_p */ 0.0,
            /* is_causal */ true,
            new DoubleOptional(),
            /* enable_gqa */ false);
    return out.to(teacher.type()).transpose(1, 2).reshape(query.size(0), width());
  }

  private Tensor headsFirst(Tensor heads) {
    return heads.to(attentionType).transpose(0, 1).unsqueeze(0);
  }

  /**
   * Attention of some rows. The query heads that read one key-value head become more rows of it, so
   * that keys and values, of many more positions than rows, are not repeated. It is written out
   * because libtorch's own backward pass falls back to a plain loop where its build has no MKL.
   *
   * @param query rotated [rows, heads, head size]
   * @param mask of {@link #mask}
   */
  private Tensor attendRows(Tensor query, KeyValues past, Tensor mask) {
    long rows = query.size(0);
    long kvHeads = config.kvHeads();
    long size = config.headSize();
    Tensor folded =
        query
            .mul(new Scalar(1 / Math.sqrt(size)))
            .view(rows, kvHeads, queriesPerHead(), size)
            .permute(1, 2, 0, 3)
            .reshape(kvHeads, queriesPerHead() * rows, size);
    Tensor scores =
        torch
            .matmul(folded, past.keys().permute(1, 2, 0))
            .view(kvHeads, queriesPerHead(), rows, -1)
            .add(mask);
    Tensor weights = torch.softmax(scores, -1).view(kvHeads, queriesPerHead() * rows, -1);
    return torch
        .matmul(weights, past.values().transpose(0, 1))
        .view(kvHeads, queriesPerHead(), rows, size)
        .permute(2, 0, 1, 3)
        .reshape(rows, width());
  }

  private long queriesPerHead() {
    return config.heads() / config.kvHeads();
  }

  private long width() {
    return (long) config.heads() * config.headSize();
  }

  private Tensor heads(Tensor columns) {
    return columns.view(columns.size(0), -1, config.headSize());
  }

  /** Each key-value head once for every query head that reads it. */
  private Tensor repeated(Tensor heads) {
    long tokens = heads.size(0);
    return heads
        .unsqueeze(2)
        .expand(tokens, config.kvHeads(), queriesPerHead(), config.headSize())
        .reshape(tokens, config.heads(), config.headSize());
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

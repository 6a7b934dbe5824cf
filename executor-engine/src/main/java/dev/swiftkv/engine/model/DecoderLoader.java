package dev.swiftkv.engine.model;

import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.forward.Attention;
import dev.swiftkv.engine.forward.Boundary;
import dev.swiftkv.engine.forward.Decoder;
import dev.swiftkv.engine.forward.DecoderLayer;
import dev.swiftkv.engine.forward.GatedFeedForward;
import dev.swiftkv.engine.forward.RmsNorm;
import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a {@link Decoder} from a checkpoint with the tensor names of Hugging Face's Llama and of
 * the SwiftKV authors' additions. Tensors are asked for by exact name, so what is not asked for is
 * skipped: the teacher's {@code q/k/v_proj} of later layers, {@code rotary_emb.inv_freq}.
 */
final class DecoderLoader {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  private final ModelConfig config;
  private final Checkpoint checkpoint;
  private final WeightStore weights;
  private final AttentionShape shape;
  private final RopeTable rope;

  DecoderLoader(ModelConfig config, Checkpoint checkpoint, WeightStore weights) {
    this.config = config;
    this.checkpoint = checkpoint;
    this.weights = weights;
    shape = config.attentionShape();
    rope = RopeTables.load(config, weights);
  }

  Decoder load() {
    WeightMatrix embedding = vocabularyMatrix(EMBEDDING);
    List<DecoderLayer> early = new ArrayList<>();
    List<DecoderLayer> later = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      (i < config.keyValueLayers() ? early : later).add(layer(i));
    }
    // Some checkpoints tie the head by leaving it out, whatever their configuration says.
    boolean tied = config.tiedEmbeddings() || !checkpoint.has(HEAD);
    return new Decoder(
        embedding,
        early,
        config.swiftKv() ? boundary() : null,
        later,
        norm("model.norm.weight"),
        tied ? embedding : vocabularyMatrix(HEAD));
  }

  private DecoderLayer layer(int i) {
    String layer = "model.layers.%d.".formatted(i);
    String attention = layer + "self_attn.";
    return new DecoderLayer(
        norm(layer + "input_layernorm.weight"),
        i < config.keyValueLayers() ? early(i, attention) : later(i, attention),
        norm(layer + "post_attention_layernorm.weight"),
        feedForward(layer + "mlp."));
  }

  private Attention early(int i, String attention) {
    List<Part> parts =
        List.of(
            new Part(attention + "q_proj", shape.queryColumns()),
            new Part(attention + "k_proj", shape.kvColumns()),
            new Part(attention + "v_proj", shape.kvColumns()));
    return new Attention.OwnKeysAndValues(
        fused(attention + "qkv_proj", parts, config.attentionBias()),
        output(attention),
        shape,
        rope,
        config.cacheOf(i));
  }

  private Attention later(int i, String attention) {
    String name = attention + "q_proj_swiftkv";
    return new Attention.BoundaryKeysAndValues(
        fused(name, List.of(new Part(name, shape.queryColumns())), config.attentionBias()),
        output(attention),
        shape,
        rope,
        config.cacheOf(i));
  }

  /** The first layer of each AcrossKV group owns the group's projections. */
  private Boundary boundary() {
    List<Part> parts = new ArrayList<>();
    for (int i = config.keyValueLayers(); i < config.layers(); i += config.keyValueGroupSize()) {
      String attention = "model.layers.%d.self_attn.".formatted(i);
      parts.add(new Part(attention + "k_proj_swiftkv", shape.kvColumns()));
      parts.add(new Part(attention + "v_proj_swiftkv", shape.kvColumns()));
    }
    return new Boundary(
        norm("model.norm_swiftkv.weight"),
        fused("later_kv_proj_swiftkv", parts, config.attentionBias()),
        shape,
        rope,
        config.keyValueLayers());
  }

  private Projection output(String attention) {
    String name = attention + "o_proj";
    WeightMatrix weight =
        weights.matrix(
            name, checkpoint.matrix(name + ".weight", config.hiddenSize(), shape.queryColumns()));
    return config.outputBias()
        ? new Projection(weight, weights.vector(name, bias(name, config.hiddenSize())))
        : Projection.of(weight);
  }

  private GatedFeedForward feedForward(String mlp) {
    int hidden = config.hiddenSize();
    int intermediate = config.intermediateSize();
    MatrixSource gate = checkpoint.matrix(mlp + "gate_proj.weight", intermediate, hidden);
    MatrixSource up = checkpoint.matrix(mlp + "up_proj.weight", intermediate, hidden);
    MatrixSource down = checkpoint.matrix(mlp + "down_proj.weight", hidden, intermediate);
    return new GatedFeedForward(
        weights.matrix(mlp + "gate_up_proj", RowSources.interleaved(gate, up)),
        weights.matrix(mlp + "down_proj", down));
  }

  /** One of several projections of the same input. */
  private record Part(String name, int rows) {}

  private Projection fused(String name, List<Part> parts, boolean biased) {
    List<MatrixSource> sources = new ArrayList<>();
    for (Part part : parts) {
      sources.add(checkpoint.matrix(part.name + ".weight", part.rows, config.hiddenSize()));
    }
    WeightMatrix weight = weights.matrix(name, RowSources.concatenated(sources));
    if (!biased) {
      return Projection.of(weight);
    }
    float[] all = new float[weight.rows()];
    int filled = 0;
    for (Part part : parts) {
      System.arraycopy(bias(part.name, part.rows), 0, all, filled, part.rows);
      filled += part.rows;
    }
    return new Projection(weight, weights.vector(name + ".bias", all));
  }

  private float[] bias(String projection, int size) {
    return checkpoint.vector(projection + ".bias", size);
  }

  private RmsNorm norm(String name) {
    return new RmsNorm(
        weights.vector(name, checkpoint.vector(name, config.hiddenSize())),
        config.rmsNormEpsilon());
  }

  private WeightMatrix vocabularyMatrix(String name) {
    return weights.matrix(
        name, checkpoint.matrix(name, config.vocabularySize(), config.hiddenSize()));
  }
}

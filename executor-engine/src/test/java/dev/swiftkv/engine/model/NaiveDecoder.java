package dev.swiftkv.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.checkpoint.TensorEntry;
import dev.swiftkv.kernels.MatrixSource;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The definition of the models in double precision: one sequence, no cache, no fused weights, no
 * batch, straight from the checkpoint and its {@code config.json}.
 */
final class NaiveDecoder implements AutoCloseable {
  private final JsonNode config;
  private final Checkpoint checkpoint;
  private final int layers;
  private final int keyValueLayers;
  private final int groupSize;
  private final int heads;
  private final int kvHeads;
  private final int headSize;

  NaiveDecoder(Path directory) throws IOException {
    config = GoldenFiles.json(directory.resolve("config.json"));
    checkpoint = Checkpoint.open(directory);
    layers = config.get("num_hidden_layers").intValue();
    keyValueLayers = config.path("num_key_value_layers").asInt(layers);
    groupSize = config.path("key_value_group_size").asInt(1);
    heads = config.get("num_attention_heads").intValue();
    kvHeads = config.get("num_key_value_heads").intValue();
    headSize = config.get("head_dim").intValue();
  }

  /** Logits [tokens][vocab]. */
  double[][] logits(int[] tokens) {
    double[][] embedding = tensor("model.embed_tokens.weight");
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] = embedding[tokens[t]].clone();
    }
    double[][] boundary = null;
    double[][] keys = null;
    double[][] values = null;
    for (int i = 0; i < layers; i++) {
      String attention = "model.layers.%d.self_attn.".formatted(i);
      if (i == keyValueLayers) {
        boundary = norm(x, "model.norm_swiftkv.weight");
      }
      boolean later = i >= keyValueLayers;
      double[][] normed = norm(x, "model.layers.%d.input_layernorm.weight".formatted(i));
      double[][] queries = projected(normed, attention + "q_proj" + (later ? "_swiftkv" : ""));
      rotate(queries, heads);
      if (!later) {
        keys = projected(normed, attention + "k_proj");
        values = projected(normed, attention + "v_proj");
        rotate(keys, kvHeads);
      } else if ((i - keyValueLayers) % groupSize == 0) {
        keys = projected(boundary, attention + "k_proj_swiftkv");
        values = projected(boundary, attention + "v_proj_swiftkv");
        rotate(keys, kvHeads);
      }
      add(x, projected(attended(queries, keys, values), attention + "o_proj"));
      add(x, feedForward(x, "model.layers.%d.".formatted(i)));
    }
    boolean tied = config.get("tie_word_embeddings").booleanValue();
    return product(norm(x, "model.norm.weight"), tied ? embedding : tensor("lm_head.weight"));
  }

  private double[][] feedForward(double[][] x, String layer) {
    double[][] normed = norm(x, layer + "post_attention_layernorm.weight");
    double[][] gate = product(normed, tensor(layer + "mlp.gate_proj.weight"));
    double[][] up = product(normed, tensor(layer + "mlp.up_proj.weight"));
    for (int t = 0; t < gate.length; t++) {
      for (int i = 0; i < gate[t].length; i++) {
        gate[t][i] = gate[t][i] / (1 + Math.exp(-gate[t][i])) * up[t][i];
      }
    }
    return product(gate, tensor(layer + "mlp.down_proj.weight"));
  }

  private double[][] attended(double[][] queries, double[][] keys, double[][] values) {
    double[][] out = new double[queries.length][heads * headSize];
    for (int t = 0; t < queries.length; t++) {
      for (int head = 0; head < heads; head++) {
        int kv = head / (heads / kvHeads) * headSize;
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          double dot = 0;
          for (int i = 0; i < headSize; i++) {
            dot += queries[t][head * headSize + i] * keys[s][kv + i];
          }
          weights[s] = Math.exp(dot / Math.sqrt(headSize));
          sum += weights[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < headSize; i++) {
            out[t][head * headSize + i] += weights[s] / sum * values[s][kv + i];
          }
        }
      }
    }
    return out;
  }

  private void rotate(double[][] rows, int headCount) {
    int half = headSize / 2;
    for (int t = 0; t < rows.length; t++) {
      for (int head = 0; head < headCount; head++) {
        for (int i = 0; i < half; i++) {
          int a = head * headSize + i;
          double angle = t * frequency(i);
          double first = rows[t][a];
          double second = rows[t][a + half];
          rows[t][a] = first * Math.cos(angle) - second * Math.sin(angle);
          rows[t][a + half] = second * Math.cos(angle) + first * Math.sin(angle);
        }
      }
    }
  }

  private double frequency(int pair) {
    double frequency = 1 / Math.pow(config.get("rope_theta").doubleValue(), 2.0 * pair / headSize);
    JsonNode scaling = config.path("rope_scaling");
    if (!scaling.path("rope_type").asText().equals("llama3")) {
      return frequency;
    }
    double turns =
        scaling.get("original_max_position_embeddings").doubleValue() * frequency / (2 * Math.PI);
    double low = scaling.get("low_freq_factor").doubleValue();
    double high = scaling.get("high_freq_factor").doubleValue();
    double kept = Math.max(0, Math.min(1, (turns - low) / (high - low)));
    return frequency * (kept + (1 - kept) / scaling.get("factor").doubleValue());
  }

  private double[][] norm(double[][] x, String name) {
    double[] weight = tensor(name)[0];
    double[][] out = new double[x.length][weight.length];
    for (int t = 0; t < x.length; t++) {
      double squares = 0;
      for (double value : x[t]) {
        squares += value * value;
      }
      double epsilon = config.get("rms_norm_eps").doubleValue();
      double scale = 1 / Math.sqrt(squares / weight.length + epsilon);
      for (int i = 0; i < weight.length; i++) {
        out[t][i] = x[t][i] * scale * weight[i];
      }
    }
    return out;
  }

  private double[][] projected(double[][] x, String name) {
    double[][] out = product(x, tensor(name + ".weight"));
    if (checkpoint.has(name + ".bias")) {
      double[] bias = tensor(name + ".bias")[0];
      for (double[] row : out) {
        for (int i = 0; i < row.length; i++) {
          row[i] += bias[i];
        }
      }
    }
    return out;
  }

  private static double[][] product(double[][] x, double[][] weight) {
    double[][] out = new double[x.length][weight.length];
    for (int t = 0; t < x.length; t++) {
      for (int row = 0; row < weight.length; row++) {
        double sum = 0;
        for (int i = 0; i < x[t].length; i++) {
          sum += x[t][i] * weight[row][i];
        }
        out[t][row] = sum;
      }
    }
    return out;
  }

  private static void add(double[][] x, double[][] more) {
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] += more[t][i];
      }
    }
  }

  /** A matrix, or a vector as its only row. */
  private double[][] tensor(String name) {
    TensorEntry entry = checkpoint.tensor(name);
    int last = entry.shape().size() - 1;
    int columns = entry.shape().get(last).intValue();
    float[] row = new float[columns];
    if (last == 0) {
      return new double[][] {widened(checkpoint.vector(name, columns))};
    }
    double[][] out = new double[entry.shape().get(0).intValue()][];
    MatrixSource source = checkpoint.matrix(name, out.length, columns);
    for (int i = 0; i < out.length; i++) {
      source.readRow(i, row);
      out[i] = widened(row);
    }
    return out;
  }

  private static double[] widened(float[] values) {
    double[] out = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = values[i];
    }
    return out;
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}

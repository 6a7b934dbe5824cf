package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.model.CausalLm;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kvcache.KvCachePool;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Logits of a model for comparing: {@code prompts} prompts of {@code prompt_tokens} are read in
 * chunks of {@code chunk_tokens}, then {@code steps} given tokens of all of them decode together.
 * The file gets F32, little-endian, [steps + 1][prompts][vocabulary].
 */
record LogitsTask(String device) implements Task {
  @Override
  public void run(JsonNode request, ObjectNode answer) throws IOException {
    Path file = Path.of(request.required("file").asText());
    Path directory = Path.of(request.required("model").asText());
    try (Backend backend = Backends.open(device, BackendOptions.defaults());
        LoadedModel model = LoadedModel.load(directory, backend, DType.BF16);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      run(request, model, out);
    }
    answer.put("bytes", Files.size(file));
  }

  private static void run(JsonNode request, LoadedModel model, OutputStream out)
      throws IOException {
    int prompts = request.required("prompts").asInt();
    int length = request.required("prompt_tokens").asInt();
    int chunk = request.required("chunk_tokens").asInt();
    int steps = request.required("steps").asInt();
    long seed = request.required("seed").asLong();
    int[][] tokens = new int[prompts][];
    for (int i = 0; i < prompts; i++) {
      tokens[i] = Prompts.prompt(seed + i, length + steps, model.config().vocabularySize());
    }
    int blocks = (length + steps - 1) / Shape.BLOCK_TOKENS + 1;
    try (CausalLm lm = model.lm(Math.max(chunk, prompts), prompts);
        RaggedBatch batch = new RaggedBatch(Math.max(chunk, prompts), prompts, blocks);
        KvCachePool pool =
            KvCachePool.allocate(
                model.backend(),
                lm.kvShape(Shape.BLOCK_TOKENS),
                lm.cacheCount(),
                prompts * blocks)) {
      for (int i = 0; i < prompts; i++) {
        for (int from = 0; from < length; from += chunk) {
          int to = Math.min(from + chunk, length);
          batch.clear();
          add(batch, tokens[i], from, to, i * blocks, to == length);
          write(model, lm.forward(batch, pool.caches()), out);
        }
      }
      for (int position = length; position < length + steps; position++) {
        batch.clear();
        for (int i = 0; i < prompts; i++) {
          add(batch, tokens[i], position, position + 1, i * blocks, true);
        }
        write(model, lm.forward(batch, pool.caches()), out);
      }
    }
  }

  private static void add(
      RaggedBatch batch, int[] tokens, int from, int to, int firstBlock, boolean needsLogits) {
    int row = batch.addSequence(to) * batch.maxBlocksPerSequence();
    for (int block = 0; block <= (to - 1) / Shape.BLOCK_TOKENS; block++) {
      batch.blockTables().set(row + block, firstBlock + block);
    }
    for (int position = from; position < to; position++) {
      batch.addToken(tokens[position], position, firstBlock * Shape.BLOCK_TOKENS + position);
    }
    if (needsLogits) {
      batch.needLogits();
    }
  }

  private static void write(LoadedModel model, Tensor logits, OutputStream out) throws IOException {
    float[] values = new float[logits.rows() * logits.columns()];
    if (values.length == 0) {
      return;
    }
    model.backend().download(logits, values);
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }
}

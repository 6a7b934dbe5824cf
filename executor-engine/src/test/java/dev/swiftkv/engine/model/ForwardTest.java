package dev.swiftkv.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import dev.swiftkv.kvcache.KvCachePool;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows pass the later layers changes the work, never a value. */
final class ForwardTest {
  private static final int BLOCK_TOKENS = 32;
  private static final int BLOCKS = 3;
  private static final int[] LENGTHS = {37, 5, 20};

  @RegisterExtension
  static final EmulatedMachine GPU = EmulatedMachine.orNone("capability=9.0 threads=2");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "scalar,llama,F32", "scalar,llama-swiftkv,F32", "scalar,llama-swiftkv,BF16",
    "cpu,llama,F32", "cpu,llama-swiftkv,F32", "cpu,llama-swiftkv,BF16",
    "cuda,llama,F32", "cuda,llama-swiftkv,F32", "cuda,llama-swiftkv,BF16"
  })
  void survivorsOfManySequencesEqualEachAloneAndFullDepth(
      String device, String family, DType dtype) {
    try (Backend backend = Devices.open(device);
        LoadedModel model = load(family, backend, dtype);
        CausalLm lm = model.lm(64, 8);
        RaggedBatch batch = new RaggedBatch(64, 4, BLOCKS);
        KvCachePool pool = pool(model, lm)) {
      mixedBatch(batch);
      float[] logits = values(backend, lm.forward(batch, pool.caches()));
      mixedBatch(batch);
      float[] full = values(backend, lm.forwardFullDepth(batch, pool.caches()));
      assertThat(Arrays.equals(full, logits)).as("full depth").isTrue();

      int vocabulary = model.config().vocabularySize();
      float[][] longest = LogitsRunner.run(model, tokens(0), 64);
      float[][] last = LogitsRunner.run(model, tokens(2), 64);
      assertRow(logits, vocabulary, 0, longest[36]);
      assertRow(logits, vocabulary, 1, last[18]);
      assertRow(logits, vocabulary, 2, last[19]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scalar,llama", "scalar,llama-swiftkv",
    "cpu,llama", "cpu,llama-swiftkv",
    "cuda,llama", "cuda,llama-swiftkv"
  })
  void stepWithoutSurvivorsFillsTheCaches(String device, String family) {
    try (Backend backend = Devices.open(device);
        LoadedModel model = load(family, backend, DType.F32);
        CausalLm lm = model.lm(64, 2);
        RaggedBatch batch = new RaggedBatch(64, 2, BLOCKS);
        KvCachePool pool = pool(model, lm)) {
      batch.clear();
      append(batch, 0, 0, 36);
      assertThat(lm.forward(batch, pool.caches()).rows()).isZero();
      batch.clear();
      append(batch, 0, 36, 37);
      batch.needLogits();
      float[] logits = values(backend, lm.forward(batch, pool.caches()));
      assertRow(logits, logits.length, 0, LogitsRunner.run(model, tokens(0), 64)[36]);
    }
  }

  @ParameterizedTest
  @CsvSource("scalar")
  @SuppressWarnings("try") // Closes in the middle, to see what then happens.
  void stepLargerThanItsRoomIsRefused(String device) {
    try (Backend backend = Devices.open(device);
        LoadedModel model = load("llama", backend, DType.F32);
        CausalLm lm = model.lm(36, 1);
        RaggedBatch batch = new RaggedBatch(64, 4, BLOCKS);
        KvCachePool pool = pool(model, lm)) {
      batch.clear();
      append(batch, 0, 0, 37);
      assertThatThrownBy(() -> lm.forward(batch, pool.caches()))
          .hasMessageContaining("there is room for 1 to 36 tokens and 1 logit rows");
      batch.clear();
      assertThatThrownBy(() -> lm.forward(batch, pool.caches()))
          .hasMessageContaining("A step of 0 tokens");
      assertThatThrownBy(() -> lm.forward(batch, pool.caches().subList(0, 1)))
          .hasMessageContaining("needs 4 KV caches, got 1");
      lm.close();
      assertThatThrownBy(() -> lm.forward(batch, pool.caches())).hasMessageContaining("closed");
    }
  }

  private LoadedModel load(String family, Backend backend, DType dtype) {
    Path checkpoint = directory.resolve(family);
    CheckpointGenerator.generate(
        CheckpointSpec.of(family)
            .vocabularySize(300)
            .hiddenSize(64)
            .layers(4)
            .heads(4)
            .kvHeads(2)
            .contextLength(128)
            .seed(3)
            .build(),
        checkpoint);
    return LoadedModel.load(checkpoint, backend, dtype);
  }

  private static KvCachePool pool(LoadedModel model, CausalLm lm) {
    return KvCachePool.allocate(
        model.backend(), lm.kvShape(BLOCK_TOKENS), lm.cacheCount(), BLOCKS * LENGTHS.length);
  }

  /** One survivor of sequence 0, none of 1, two of 2. */
  private static void mixedBatch(RaggedBatch batch) {
    batch.clear();
    append(batch, 0, 0, 37);
    batch.needLogits();
    append(batch, 1, 0, 5);
    append(batch, 2, 0, 19);
    batch.needLogits();
    batch.addToken(tokens(2)[19], 19, slot(2, 19));
    batch.needLogits();
  }

  private static void append(RaggedBatch batch, int sequence, int from, int to) {
    int row = batch.addSequence(LENGTHS[sequence]) * batch.maxBlocksPerSequence();
    for (int block = 0; block < BLOCKS; block++) {
      batch.blockTables().set(row + block, slot(sequence, block * BLOCK_TOKENS) / BLOCK_TOKENS);
    }
    for (int position = from; position < to; position++) {
      batch.addToken(tokens(sequence)[position], position, slot(sequence, position));
    }
  }

  /** Blocks of a sequence lie backwards, those of different sequences in turn. */
  private static int slot(int sequence, int position) {
    int block = (BLOCKS - 1 - position / BLOCK_TOKENS) * LENGTHS.length + sequence;
    return block * BLOCK_TOKENS + position % BLOCK_TOKENS;
  }

  private static int[] tokens(int sequence) {
    return new Random(sequence).ints(LENGTHS[sequence], 0, 300).toArray();
  }

  private static float[] values(Backend backend, Tensor tensor) {
    float[] values = new float[tensor.rows() * tensor.columns()];
    backend.download(tensor, values);
    return values;
  }

  private static void assertRow(float[] all, int columns, int row, float[] expected) {
    float[] actual = Arrays.copyOfRange(all, row * columns, (row + 1) * columns);
    assertThat(Arrays.equals(actual, expected)).as("row %d", row).isTrue();
  }
}

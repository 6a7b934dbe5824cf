package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vocabularies of real models, where the native choice leaves out tokens and sorts another way. */
class NativeSamplingTest {
  private static final int ROWS = 24;

  @ParameterizedTest
  @CsvSource({
    "1025, 12, 1000", // where hot, no token may be left out
    "32000, 12, 4",
    "32000, 3, 1", // few tokens count
    "49157, 40, 4", // most weights underflow
    "128256, 8, 0.0625" // ties
  })
  void largeVocabulariesAgreeWithTheDefinition(int vocabulary, float size, float perUnit) {
    assumeTrue(
        NativeLibrary.unavailableReason().isEmpty(),
        () -> NativeLibrary.unavailableReason().orElse(""));
    Random random = new Random(vocabulary);
    float[] logits = new float[ROWS * vocabulary];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = Math.round(random.nextGaussian() * size * perUnit) / perUnit;
    }
    logits[vocabulary / 3] = Float.NaN;
    BackendOptions options = new BackendOptions(1L << 30, 2, 0);
    try (SamplingBatch sampling = batch();
        Backend scalar = Backends.open("scalar", options);
        Backend cpu = new NativeCpuBackend(options)) {
      assertThat(choose(cpu, logits, vocabulary, sampling))
          .containsExactly(choose(scalar, logits, vocabulary, sampling));
    }
  }

  /** Every combination of two values of each option that limits. */
  private static SamplingBatch batch() {
    SamplingBatch sampling = new SamplingBatch(ROWS, 1);
    sampling.clear();
    for (int row = 0; row < ROWS; row++) {
      float temperature = new float[] {0.5f, 1f, 4f}[row / 8];
      int topK = row % 2 == 0 ? 0 : 50;
      float topP = row / 2 % 2 == 0 ? 1f : 0.9f;
      float minP = row / 4 % 2 == 0 ? 0f : 0.02f;
      sampling.add(temperature, topK, topP, minP, 1f, 99, row);
    }
    return sampling;
  }

  private static int[] choose(
      Backend backend, float[] logits, int vocabulary, SamplingBatch sampling) {
    int[] tokens = new int[ROWS];
    try (DeviceBuffer buffer = backend.memory().allocate("test", 4L * logits.length)) {
      Tensor rows = buffer.tensor(DType.F32, ROWS, vocabulary);
      backend.upload(logits, rows);
      backend.ops().sample(rows, sampling, tokens);
    }
    return tokens;
  }
}

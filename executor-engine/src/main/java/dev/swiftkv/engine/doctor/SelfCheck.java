package dev.swiftkv.engine.doctor;

import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.Fact;
import dev.swiftkv.kernels.scalar.ScalarProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Has a device compute a random SwiftKV model that is small but has every part: several pages of
 * keys and values, grouped heads, shared caches, chunks. Its logits must be those of plain Java
 * within the noise of the compute type, and to the bit the same when the prompt is cut elsewhere.
 */
final class SelfCheck implements AutoCloseable {
  /** Largest difference of F32 logits, which differ by the order of additions. */
  static final double F32_BOUND = 1e-4;

  /** Largest difference of BF16 logits, which have 8 significant bits on their way. */
  static final double BF16_BOUND = 2e-2;

  /**
   * More than any device has: one that shares the host's memory counts against its budget alone.
   */
  private static final long UNLIMITED_BYTES = 1L << 50;

  private static final int TOKENS = 77;
  private static final int CHUNK_TOKENS = 40;
  private static final CheckpointSpec MODEL =
      CheckpointSpec.of("llama-swiftkv")
          .vocabularySize(512)
          .hiddenSize(256)
          .intermediateSize(512)
          .layers(6)
          .heads(4)
          .kvHeads(2)
          .contextLength(128)
          .keyValueLayers(2)
          .keyValueGroupSize(2)
          .seed(1)
          .build();

  private final int[] tokens = new Random(1).ints(TOKENS, 0, MODEL.vocabularySize()).toArray();
  private final Map<DType, float[][]> references = new EnumMap<>(DType.class);
  private Path folderOrNull;

  /**
   * How a device does in each of its compute types; whatever it throws is a result. Also its free
   * memory, which an open device alone tells.
   */
  DeviceFindings run(BackendProvider kind, int deviceIndex) {
    List<Fact> facts = new ArrayList<>(kind.facts(deviceIndex));
    List<CheckResult> results = new ArrayList<>();
    BackendOptions options = new BackendOptions(Long.MAX_VALUE, 0, deviceIndex);
    try (Backend backend = kind.open(options)) {
      long freeBytes = backend.memory().availableBytes();
      if (freeBytes < UNLIMITED_BYTES) {
        facts.add(new Fact("free memory", (freeBytes >> 20) + " MiB"));
      }
      for (DType type : backend.computeTypes().stream().sorted().toList()) {
        results.add(run(backend, type));
      }
    } catch (RuntimeException | LinkageError e) {
      results.add(failure(DType.F32, 0, "it does not open: " + e.getMessage()));
    }
    return new DeviceFindings(deviceIndex, facts, results);
  }

  private CheckResult run(Backend backend, DType type) {
    long begin = System.nanoTime();
    try {
      float[][] logits = logits(backend, type, CHUNK_TOKENS);
      long nanos = System.nanoTime() - begin;
      if (!Arrays.deepEquals(logits, logits(backend, type, TOKENS))) {
        return failure(type, nanos, "the logits change when the prompt is cut elsewhere");
      }
      double bound = type == DType.F32 ? F32_BOUND : BF16_BOUND;
      return new CheckResult(type, difference(logits, reference(type)), bound, nanos, null);
    } catch (RuntimeException | LinkageError e) {
      return failure(type, System.nanoTime() - begin, String.valueOf(e.getMessage()));
    }
  }

  private static CheckResult failure(DType type, long nanos, String error) {
    return new CheckResult(type, Double.NaN, 0, nanos, error);
  }

  private float[][] reference(DType type) {
    return references.computeIfAbsent(
        type,
        wanted -> {
          try (Backend scalar = new ScalarProvider().open(BackendOptions.defaults())) {
            return logits(scalar, wanted, TOKENS);
          }
        });
  }

  private float[][] logits(Backend backend, DType type, int chunkTokens) {
    try (LoadedModel model = LoadedModel.load(folder(), backend, type)) {
      return LogitsRunner.run(model, tokens, chunkTokens);
    }
  }

  /** The largest difference over the largest expected magnitude; infinite where one is NaN. */
  static double difference(float[][] logits, float[][] expected) {
    double largest = 0;
    double difference = 0;
    for (int position = 0; position < expected.length; position++) {
      for (int id = 0; id < expected[position].length; id++) {
        double apart = Math.abs((double) logits[position][id] - expected[position][id]);
        difference = Math.max(difference, Double.isNaN(apart) ? Double.POSITIVE_INFINITY : apart);
        largest = Math.max(largest, Math.abs(expected[position][id]));
      }
    }
    return difference / largest;
  }

  private Path folder() {
    if (folderOrNull == null) {
      try {
        folderOrNull = Files.createTempDirectory("swiftkv-doctor-");
      } catch (IOException e) {
        throw new UncheckedIOException("No temporary folder for a small model: " + e, e);
      }
      CheckpointGenerator.generate(MODEL, folderOrNull);
    }
    return folderOrNull;
  }

  @Override
  public void close() {
    if (folderOrNull == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(folderOrNull)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The temporary folder %s stays".formatted(folderOrNull), e);
    }
  }
}

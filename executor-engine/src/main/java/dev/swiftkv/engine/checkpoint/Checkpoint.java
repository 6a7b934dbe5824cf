package dev.swiftkv.engine.checkpoint;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.checkpoint.NoiseWeights.NoiseTensor;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tensors of a checkpoint directory by name: memory-mapped, from {@code model.safetensors} or
 * the shards that {@code model.safetensors.index.json} lists, or made as {@link NoiseWeights}
 * describes them. Reading is safe from any thread.
 */
public final class Checkpoint implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path directory;
  private final Map<String, TensorEntry> tensors;
  private final Map<Path, MappedFile> files;
  private final Map<String, NoiseTensor> noise;
  private volatile boolean closed;

  private Checkpoint(
      Path directory,
      Map<String, TensorEntry> tensors,
      Map<Path, MappedFile> files,
      Map<String, NoiseTensor> noise) {
    this.directory = directory;
    this.tensors = tensors;
    this.files = files;
    this.noise = noise;
  }

  /**
   * Opens a directory and checks every header; no data is read yet.
   *
   * @throws EngineException MODEL_NOT_FOUND, INVALID_CHECKPOINT or UNSUPPORTED, naming the file
   */
  public static Checkpoint open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new EngineException(
          ErrorCategory.MODEL_NOT_FOUND,
          "There is no directory %s. Give the directory of a checkpoint".formatted(directory));
    }
    Map<String, TensorEntry> tensors = new TreeMap<>();
    if (Files.isRegularFile(directory.resolve(SINGLE))) {
      SafetensorsHeader.read(directory.resolve(SINGLE)).forEach(e -> tensors.put(e.name(), e));
    } else if (Files.isRegularFile(directory.resolve(INDEX))) {
      readShards(directory.resolve(INDEX), tensors);
    } else if (Files.isRegularFile(directory.resolve(NoiseWeights.FILE))) {
      Map<String, NoiseTensor> noise = NoiseWeights.read(directory.resolve(NoiseWeights.FILE));
      noise.forEach((name, tensor) -> tensors.put(name, tensor.entry()));
      return new Checkpoint(directory, tensors, new HashMap<>(), noise);
    } else {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s has no weights: neither %s nor %s is there. Convert other formats to safetensors"
              .formatted(directory, SINGLE, INDEX));
    }
    Map<Path, MappedFile> files = new HashMap<>();
    tensors.values().forEach(e -> files.computeIfAbsent(e.file(), MappedFile::open));
    return new Checkpoint(directory, tensors, files, Map.of());
  }

  /** Names of all tensors, sorted. */
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** All tensors, sorted by name. */
  public Collection<TensorEntry> tensors() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /** Whether there is a tensor of this name. */
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /**
   * The tensor of this name.
   *
   * @throws EngineException INVALID_CHECKPOINT if there is none
   */
  public TensorEntry tensor(String name) {
    TensorEntry entry = tensors.get(name);
    if (entry == null) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s lacks tensor %s, which its config.json implies. Check that both belong together and that the download is complete"
              .formatted(directory, name));
    }
    return entry;
  }

  /**
   * A matrix to pack.
   *
   * @throws EngineException INVALID_CHECKPOINT if it is missing or has another shape, UNSUPPORTED
   *     if its dtype is not read
   */
  public MatrixSource matrix(String name, int rows, int columns) {
    return read(name, List.of((long) rows, (long) columns), rows, columns);
  }

  /**
   * A vector, widened to f32.
   *
   * @throws EngineException as {@link #matrix}
   */
  public float[] vector(String name, int size) {
    float[] values = new float[size];
    read(name, List.of((long) size), 1, size).readRow(0, values);
    return values;
  }

  private MatrixSource read(String name, List<Long> shape, int rows, int columns) {
    TensorEntry entry = tensor(name);
    if (!entry.shape().equals(shape)) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s: tensor %s has shape %s, but config.json implies %s. Check that both belong together"
              .formatted(entry.file(), name, entry.shape(), shape));
    }
    checkOpen();
    NoiseTensor made = noise.get(name);
    if (made != null) {
      NoiseBand band = NoiseBand.whole(made.seed(), made.scale(), rows);
      return new NoiseMatrix(band, made.mean(), columns);
    }
    return new MappedMatrix(this, files.get(entry.file()), entry, rows, columns);
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("Checkpoint %s is closed".formatted(directory));
    }
  }

  /** Ends reading. The mappings go with the garbage collector, as Java 17 has it. */
  @Override
  public void close() {
    closed = true;
    files.clear();
  }

  private static void readShards(Path index, Map<String, TensorEntry> tensors) {
    Map<String, Path> shards = ShardIndex.read(index);
    Map<Path, Map<String, TensorEntry>> byFile = new HashMap<>();
    for (Path shard : new HashSet<>(shards.values())) {
      Map<String, TensorEntry> entries = new HashMap<>();
      SafetensorsHeader.read(shard).forEach(e -> entries.put(e.name(), e));
      byFile.put(shard, entries);
    }
    shards.forEach(
        (name, shard) -> {
          TensorEntry entry = byFile.get(shard).get(name);
          if (entry == null) {
            throw new EngineException(
                ErrorCategory.INVALID_CHECKPOINT,
                "%s lacks tensor %s, which %s puts there. Download both again"
                    .formatted(shard, name, index.getFileName()));
          }
          tensors.put(name, entry);
        });
  }
}

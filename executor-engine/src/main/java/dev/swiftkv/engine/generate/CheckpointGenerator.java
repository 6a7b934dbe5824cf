package dev.swiftkv.engine.generate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.checkpoint.NoiseWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes a {@link CheckpointSpec} to disk. The directory appears complete or not at all: everything
 * is written beside it and moved at the end.
 */
public final class CheckpointGenerator {
  private static final long SHARD_BYTES = 2_000_000_000L;

  private CheckpointGenerator() {}

  /**
   * Makes a checkpoint.
   *
   * @param output a directory that does not exist yet, or is empty
   * @throws EngineException INVALID_OPTION if the output is taken or there is no space for it
   */
  public static void generate(CheckpointSpec spec, Path output) {
    generate(spec, output, SHARD_BYTES);
  }

  /**
   * Makes a checkpoint in shards.
   *
   * @param shardBytes most bytes of one file's tensors; a larger tensor has a file of its own
   */
  public static void generate(CheckpointSpec spec, Path output, long shardBytes) {
    make(spec, output, weightBytes(spec), draft -> writeWeights(spec, draft, shardBytes));
  }

  /**
   * Makes a checkpoint without weights in it: they are made whenever it is loaded, on the device
   * where the device can, as {@link NoiseWeights} describes.
   *
   * @param output a directory that does not exist yet, or is empty
   * @throws EngineException INVALID_OPTION if the output is taken or there is no space for it
   */
  public static void describe(CheckpointSpec spec, Path output) {
    make(spec, output, 0, draft -> NoiseWriter.write(spec, draft.resolve(NoiseWeights.FILE)));
  }

  /** Writes the weights into a directory. */
  private interface WeightWriter {
    void write(Path directory) throws IOException;
  }

  private static void make(
      CheckpointSpec spec, Path output, long weightBytes, WeightWriter weights) {
    Path target = output.toAbsolutePath().normalize();
    try {
      checkFree(target);
      Files.createDirectories(target.getParent());
      checkSpace(weightBytes, target);
      Path draft =
          Files.createDirectory(
              target.resolveSibling("." + target.getFileName() + "-" + UUID.randomUUID()));
      try {
        new CheckpointFiles(spec).write(draft);
        weights.write(draft);
        Files.deleteIfExists(target);
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException | RuntimeException e) {
        delete(draft);
        throw e;
      }
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The checkpoint cannot be written to %s (%s). Choose another directory"
              .formatted(target, e),
          e);
    }
  }

  /** Bytes of weights that a specification takes on disk. */
  public static long weightBytes(CheckpointSpec spec) {
    return CheckpointLayout.of(spec).stream().mapToLong(PlannedTensor::elements).sum()
        * spec.dtype().bytes();
  }

  private static void writeWeights(CheckpointSpec spec, Path directory, long shardBytes)
      throws IOException {
    List<List<PlannedTensor>> shards = shards(spec, shardBytes);
    SafetensorsWriter writer = new SafetensorsWriter(spec.dtype(), spec.seed());
    if (shards.size() == 1) {
      writer.write(directory.resolve("model.safetensors"), shards.get(0));
      return;
    }
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode index = mapper.createObjectNode();
    index.putObject("metadata").put("total_size", weightBytes(spec));
    ObjectNode map = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String file = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      writer.write(directory.resolve(file), shards.get(i));
      shards.get(i).forEach(tensor -> map.put(tensor.name(), file));
    }
    mapper
        .writerWithDefaultPrettyPrinter()
        .writeValue(directory.resolve("model.safetensors.index.json").toFile(), index);
  }

  private static List<List<PlannedTensor>> shards(CheckpointSpec spec, long shardBytes) {
    List<List<PlannedTensor>> shards = new ArrayList<>();
    long free = 0;
    for (PlannedTensor tensor : CheckpointLayout.of(spec)) {
      long bytes = tensor.elements() * spec.dtype().bytes();
      if (shards.isEmpty() || bytes > free) {
        shards.add(new ArrayList<>());
        free = shardBytes;
      }
      shards.get(shards.size() - 1).add(tensor);
      free -= bytes;
    }
    return shards;
  }

  private static void checkFree(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    boolean empty = false;
    if (Files.isDirectory(target)) {
      try (Stream<Path> content = Files.list(target)) {
        empty = content.findAny().isEmpty();
      }
    }
    if (!empty) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "%s exists already. Choose another output directory or remove it".formatted(target));
    }
  }

  private static void checkSpace(long needed, Path target) throws IOException {
    long usable = Files.getFileStore(target.getParent()).getUsableSpace();
    if (needed > usable) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The checkpoint needs %d bytes; %s has %d. Make it smaller or choose another directory"
              .formatted(needed, target.getParent(), usable));
    }
  }

  private static void delete(Path draft) throws IOException {
    try (Stream<Path> files = Files.list(draft)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(draft);
  }
}

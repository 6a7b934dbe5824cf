package dev.swiftkv.distillation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.engine.checkpoint.TensorEntry;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.config.ModelFamilies;
import dev.swiftkv.engine.config.ModelFamily;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes a SwiftKV checkpoint in the published layout: the base's tensors, also the queries, keys
 * and values that later layers no longer use, and the trained ones beside them. The directory
 * appears complete or not at all.
 */
final class ConvertedCheckpoint {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SHARD_BYTES = 4_000_000_000L;

  private ConvertedCheckpoint() {}

  /** The SwiftKV family of a base. */
  static ModelFamily familyOf(ModelConfig base) {
    if (base.family().equals(ModelFamilies.LLAMA.name())) {
      return ModelFamilies.LLAMA_SWIFTKV;
    }
    if (base.family().equals(ModelFamilies.QWEN2.name())) {
      return ModelFamilies.QWEN2_SWIFTKV;
    }
    throw new EngineException(
        ErrorCategory.UNSUPPORTED,
        "The base is a %s model; llama and qwen2 can be converted. Give the model before its conversion"
            .formatted(base.family()));
  }

  /**
   * Refuses an output that cannot be written, before any work is done.
   *
   * @throws EngineException INVALID_OPTION
   */
  static void checkWritable(Path output) {
    Path target = output.toAbsolutePath().normalize();
    try {
      if (Files.exists(target)) {
        throw new EngineException(
            ErrorCategory.INVALID_OPTION,
            "--output %s exists already. Choose another directory or remove it".formatted(target));
      }
      Files.createDirectories(target.getParent());
      Files.delete(Files.createTempFile(target.getParent(), ".swiftkv", ""));
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "--output %s cannot be written (%s). Choose a directory that you may write to"
              .formatted(target, e),
          e);
    }
  }

  /**
   * Writes the checkpoint.
   *
   * @param config of the student
   * @param dtype of all tensors in the file
   */
  static void write(
      Path base, ModelConfig config, StudentWeights student, DType dtype, Path output) {
    Path target = output.toAbsolutePath().normalize();
    try {
      Path draft =
          Files.createDirectory(
              target.resolveSibling("." + target.getFileName() + "-" + UUID.randomUUID()));
      try {
        copyOtherFiles(base, draft);
        writeConfig(base, config, dtype, draft);
        writeWeights(base, student, dtype, draft);
        Folders.move(draft, target);
      } catch (IOException | RuntimeException e) {
        Folders.delete(draft);
        throw e;
      }
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The checkpoint cannot be written to %s (%s). Make room or choose another directory, then --resume"
              .formatted(target, e),
          e);
    }
  }

  private static void copyOtherFiles(Path base, Path draft) throws IOException {
    try (Stream<Path> files = Files.list(base)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        boolean weights =
            name.endsWith(".safetensors") || name.endsWith(".bin") || name.endsWith(".index.json");
        boolean aboutBase =
            List.of("config.json", "golden.json", "README.md", "model.noise.json").contains(name);
        if (!weights && !aboutBase) {
          Files.copy(file, draft.resolve(name));
        }
      }
    }
  }

  private static void writeConfig(Path base, ModelConfig config, DType dtype, Path draft)
      throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(base.resolve("config.json").toFile());
    ModelFamily family = familyOf(ModelConfig.read(base));
    json.putArray("architectures").add(family.architecture());
    json.put("model_type", family.modelType());
    json.put("swiftkv", true);
    json.put("num_key_value_layers", config.keyValueLayers());
    json.put("key_value_group_size", config.keyValueGroupSize());
    json.put("torch_dtype", dtype == DType.BF16 ? "bfloat16" : "float32");
    JSON.writerWithDefaultPrettyPrinter().writeValue(draft.resolve("config.json").toFile(), json);
  }

  private static void writeWeights(Path base, StudentWeights student, DType dtype, Path draft)
      throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      List<TensorSource> tensors = new ArrayList<>();
      for (TensorEntry entry : checkpoint.tensors()) {
        tensors.add(TensorSource.of(checkpoint, entry));
      }
      student.tensors().forEach((name, tensor) -> tensors.add(TensorSource.of(name, tensor)));
      List<List<TensorSource>> shards = shards(tensors, dtype);
      if (shards.size() == 1) {
        SafetensorsFile.write(draft.resolve("model.safetensors"), tensors, dtype);
        return;
      }
      ObjectNode index = JSON.createObjectNode();
      long bytes = tensors.stream().mapToLong(TensorSource::elements).sum() * dtype.bytes();
      index.putObject("metadata").put("total_size", bytes);
      ObjectNode map = index.putObject("weight_map");
      for (int i = 0; i < shards.size(); i++) {
        String file = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
        SafetensorsFile.write(draft.resolve(file), shards.get(i), dtype);
        shards.get(i).forEach(tensor -> map.put(tensor.name(), file));
      }
      JSON.writeValue(draft.resolve("model.safetensors.index.json").toFile(), index);
    }
  }

  private static List<List<TensorSource>> shards(List<TensorSource> tensors, DType dtype) {
    List<List<TensorSource>> shards = new ArrayList<>();
    long free = 0;
    for (TensorSource tensor : tensors) {
      long bytes = tensor.elements() * dtype.bytes();
      if (shards.isEmpty() || bytes > free) {
        shards.add(new ArrayList<>());
        free = SHARD_BYTES;
      }
      shards.get(shards.size() - 1).add(tensor);
      free -= bytes;
    }
    return shards;
  }
}

package dev.swiftkv.distillation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.checkpoint.Checkpoint;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Checkpoints of a run: trained tensors, both moments of the optimizer, and where in the data it
 * was. Each is a directory that appears complete or not at all; the last two are kept.
 */
final class TrainingState {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PREFIX = "step-";
  private static final int KEPT = 2;

  private final Path folder;
  private final String fingerprint;

  /**
   * Where a run continues.
   *
   * @param step updates done
   * @param epoch of the data, from 0
   * @param position documents of the epoch done
   */
  record Position(long step, long epoch, int position) {}

  /**
   * The states of one run.
   *
   * @param fingerprint of settings, model and data; a run continues only an equal one
   */
  TrainingState(Path folder, String fingerprint) {
    this.folder = folder;
    this.fingerprint = fingerprint;
  }

  void save(Position at, StudentWeights student, AdamW optimizer) throws IOException {
    Files.createDirectories(folder);
    Path target = folder.resolve(PREFIX + "%08d".formatted(at.step()));
    Path draft = folder.resolve("." + target.getFileName());
    Folders.delete(draft);
    Files.createDirectory(draft);
    List<TensorSource> tensors = new ArrayList<>();
    student.tensors().forEach((name, tensor) -> tensors.add(TensorSource.of(name, tensor)));
    optimizer.first().forEach((name, t) -> tensors.add(TensorSource.of("first." + name, t)));
    optimizer.second().forEach((name, t) -> tensors.add(TensorSource.of("second." + name, t)));
    SafetensorsFile.write(draft.resolve("model.safetensors"), tensors, DType.F32);
    ObjectNode json = JSON.createObjectNode();
    json.put("fingerprint", fingerprint);
    json.put("step", at.step()).put("epoch", at.epoch()).put("position", at.position());
    JSON.writeValue(draft.resolve("state.json").toFile(), json);
    Folders.delete(target);
    Folders.move(draft, target);
    List<Path> all = all();
    for (Path old : all.subList(0, Math.max(0, all.size() - KEPT))) {
      Folders.delete(old);
    }
  }

  /** The last step that a state was saved after. */
  OptionalLong lastStep() throws IOException {
    List<Path> all = all();
    return all.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(
            Long.parseLong(
                all.get(all.size() - 1).getFileName().toString().substring(PREFIX.length())));
  }

  /**
   * Puts the last state back.
   *
   * @throws EngineException INVALID_OPTION if it belongs to other settings, model or data
   */
  Optional<Position> restore(StudentWeights student, AdamW optimizer) throws IOException {
    List<Path> all = all();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Path last = all.get(all.size() - 1);
    JsonNode json = JSON.readTree(last.resolve("state.json").toFile());
    if (!json.path("fingerprint").asText().equals(fingerprint)) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "%s belongs to another run (%s), this one is %s. Give the same options and data, or remove the folder"
              .formatted(last, json.path("fingerprint").asText(), fingerprint));
    }
    try (Checkpoint checkpoint = Checkpoint.open(last);
        NoGradGuard guard = new NoGradGuard()) {
      student.tensors().keySet().forEach(name -> student.set(name, read(checkpoint, name)));
      copy(checkpoint, "first.", optimizer.first());
      copy(checkpoint, "second.", optimizer.second());
    }
    return Optional.of(
        new Position(
            json.path("step").asLong(),
            json.path("epoch").asLong(),
            json.path("position").asInt()));
  }

  /** Removes every state. */
  void delete() throws IOException {
    Folders.delete(folder);
  }

  Path folder() {
    return folder;
  }

  private static void copy(Checkpoint from, String prefix, SortedMap<String, Tensor> into) {
    into.forEach((name, tensor) -> tensor.copy_(read(from, prefix + name)));
  }

  private static Tensor read(Checkpoint from, String name) {
    return TeacherWeights.read(from, from.tensor(name));
  }

  private List<Path> all() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> states = Files.list(folder)) {
      return states
          .filter(state -> state.getFileName().toString().startsWith(PREFIX))
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }
}

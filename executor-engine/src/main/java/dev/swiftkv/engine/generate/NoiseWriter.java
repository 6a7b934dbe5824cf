package dev.swiftkv.engine.generate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.checkpoint.NoiseWeights;
import java.io.IOException;
import java.nio.file.Path;

/** Writes down which noise the tensors of a specification hold, for {@link NoiseWeights}. */
final class NoiseWriter {
  /** Uniform noise in [-1, 1) has deviation 1 / sqrt(3). */
  private static final double SCALE_OF_DEVIATION = Math.sqrt(3);

  private NoiseWriter() {}

  static void write(CheckpointSpec spec, Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("seed", spec.seed());
    ObjectNode tensors = root.putObject("tensors");
    for (PlannedTensor tensor : CheckpointLayout.of(spec)) {
      ObjectNode entry = tensors.putObject(tensor.name());
      tensor.shape().forEach(entry.withArray("shape")::add);
      entry.put("mean", tensor.mean());
      entry.put("scale", (float) (SCALE_OF_DEVIATION * tensor.deviation()));
    }
    mapper.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
  }
}

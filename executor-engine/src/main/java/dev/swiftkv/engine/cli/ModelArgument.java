package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.options.BuiltInModels;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The argument that names a checkpoint. */
final class ModelArgument {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR",
      order = 1,
      defaultValue = BuiltInModels.DEFAULT,
      description =
          "Directory of a checkpoint in the Hugging Face layout, or a built-in model (default:"
              + " ${DEFAULT-VALUE}).")
  private String model;

  /** Its directory. */
  Path directory() {
    return BuiltInModels.resolve(model);
  }
}

package dev.swiftkv.spark.functions;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.options.BuiltInModels;
import java.nio.file.Path;

/** What people call the models. */
final class ModelNames {
  private ModelNames() {}

  /** The built-in name of a directory, or that of its folder. */
  static String of(String directory) {
    Path path = Path.of(directory);
    for (String name : BuiltInModels.names()) {
      if (path.equals(pathOrNull(name))) {
        return name;
      }
    }
    return String.valueOf(path.getFileName());
  }

  /** Whether a model, as a session names it, is the one in a directory. */
  static boolean isAt(String model, String directory) {
    Path path = BuiltInModels.names().contains(model) ? pathOrNull(model) : null;
    return directory.equals(
        String.valueOf(path == null ? Path.of(model).toAbsolutePath().normalize() : path));
  }

  /** The directory of a built-in model; null if it is not on this machine. */
  static Path pathOrNull(String builtIn) {
    try {
      return BuiltInModels.resolve(builtIn).toAbsolutePath().normalize();
    } catch (EngineException e) {
      return null;
    }
  }
}

package dev.swiftkv.engine.options;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Names of models that come with the software. */
public final class BuiltInModels {
  /** Where the software lies, as a system property. */
  public static final String HOME_PROPERTY = "swiftkv.home";

  /** Where the software lies, as an environment variable. */
  public static final String HOME_VARIABLE = "SWIFTKV_HOME";

  /** The model that is used where none is named. */
  public static final String DEFAULT = "demo";

  private static final Map<String, String> DIRECTORIES =
      Map.of(DEFAULT, "examples/models/documents-swiftkv-g2");

  private BuiltInModels() {}

  /** Where the software keeps the model that is used where none is named, below its own folder. */
  public static String defaultDirectory() {
    return DIRECTORIES.get(DEFAULT);
  }

  /** Names of the models that come with the software. */
  public static Set<String> names() {
    return DIRECTORIES.keySet();
  }

  /**
   * Directory of a model.
   *
   * @param nameOrPath {@code demo}, or the path of a checkpoint, which need not exist
   * @throws EngineException MODEL_NOT_FOUND if a built-in model is not where the software lies
   */
  public static Path resolve(String nameOrPath) {
    String directory = DIRECTORIES.get(nameOrPath);
    if (directory != null) {
      return builtIn(nameOrPath, directory);
    }
    try {
      return Path.of(nameOrPath);
    } catch (InvalidPathException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION, "Option model is no path: " + e.getMessage(), e);
    }
  }

  private static Path builtIn(String name, String directory) {
    List<Path> homes =
        Stream.of(System.getProperty(HOME_PROPERTY), System.getenv(HOME_VARIABLE), "")
            .filter(Objects::nonNull)
            .map(Path::of)
            .toList();
    return homes.stream()
        .map(home -> home.resolve(directory))
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(() -> notFound(name, directory));
  }

  private static EngineException notFound(String name, String directory) {
    return new EngineException(
        ErrorCategory.MODEL_NOT_FOUND,
        "The built-in model %s is not here; set %s to the folder that holds %s, or name a model by its path"
            .formatted(name, HOME_VARIABLE, directory));
  }
}

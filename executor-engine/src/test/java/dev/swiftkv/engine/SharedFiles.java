package dev.swiftkv.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.engine.options.BuiltInModels;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Published checkpoints and goldens that tests read but that the repository does not carry. They
 * lie in a folder {@code shared} beside the repository, or where {@code SWIFTKV_SHARED} points.
 */
public final class SharedFiles {
  private SharedFiles() {}

  /** A shared file or folder; the test is skipped where it is absent. */
  public static Path require(String relative) {
    Path path = root().resolve(relative);
    assumeTrue(
        Files.exists(path),
        () -> "Skipped: no " + path + "; set SWIFTKV_SHARED to the folder with the goldens");
    return path;
  }

  /** The repository, for what it does carry. */
  public static Path repository() {
    return Path.of(System.getProperty("swiftkv.repository", "..")).toAbsolutePath().normalize();
  }

  /** The model that the repository ships. */
  public static Path demonstrationModel() {
    return repository().resolve(BuiltInModels.defaultDirectory());
  }

  private static Path root() {
    String configured = System.getenv("SWIFTKV_SHARED");
    return configured != null
        ? Path.of(configured)
        : repository().resolveSibling("shared").normalize();
  }
}

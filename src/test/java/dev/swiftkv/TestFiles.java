package dev.swiftkv;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.engine.options.BuiltInModels;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the repository, and public models and documents that are not part of it. */
public final class TestFiles {
  private static final Path REPOSITORY = Path.of(System.getProperty("swiftkv.repository"));

  private TestFiles() {}

  /** Returns a path below the root of the repository. */
  public static Path inRepository(String path) {
    return REPOSITORY.resolve(path);
  }

  /** Returns the demonstration model that ships with the repository. */
  public static Path demonstrationModel() {
    return inRepository(BuiltInModels.defaultDirectory());
  }

  /** Returns the table that ships with the repository: prompts for that model, right answers. */
  public static Path sampleTable() {
    return inRepository("examples/data/documents.jsonl");
  }

  /**
   * Returns a path below the folder {@code shared} beside the repository, or below {@code
   * SWIFTKV_SHARED}; skips the calling test where it does not exist.
   */
  public static Path shared(String path) {
    String folder = System.getenv("SWIFTKV_SHARED");
    Path shared = folder == null ? REPOSITORY.resolveSibling("shared") : Path.of(folder);
    Path file = shared.resolve(path);
    assumeTrue(Files.exists(file), () -> file + " is absent: set SWIFTKV_SHARED to test with it");
    return file;
  }
}

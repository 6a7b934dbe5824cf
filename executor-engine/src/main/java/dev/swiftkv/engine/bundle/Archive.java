package dev.swiftkv.engine.bundle;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A file that is to hold a folder, compressed as its name says. Equal folders give equal bytes.
 *
 * @param file ends in {@code .tar.xz} or {@code .tar.gz}
 */
public record Archive(Path file) {
  private static final String XZ = ".tar.xz";
  private static final String GZIP = ".tar.gz";

  /** Checks the name. */
  public Archive {
    file = file.toAbsolutePath();
    String name = file.getFileName().toString();
    if (!name.endsWith(XZ) && !name.endsWith(GZIP)) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The archive must end in %s or %s, got %s".formatted(XZ, GZIP, file));
    }
  }

  /** Writes a folder, under its own name, to the file; what was there stays until it is done. */
  void write(Path folder) throws IOException {
    Files.createDirectories(file.getParent());
    Path part = file.resolveSibling(file.getFileName() + ".part");
    String compressor = file.toString().endsWith(XZ) ? "xz -3 -T0" : "gzip -9n";
    try {
      ChildProcess.run(
          List.of(
              "tar",
              "--create",
              "--sort=name",
              "--owner=0",
              "--group=0",
              "--numeric-owner",
              "--mtime=2026-01-01 00:00Z",
              "--use-compress-program=" + compressor,
              "--file=" + part,
              "--directory=" + folder.getParent(),
              folder.getFileName().toString()));
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}

package dev.swiftkv.kernels.cpu;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A directory of this JVM alone, with a random name and open to its owner only, in which native
 * libraries lie while they are loaded. Other JVMs never see a half-written file. Closing deletes
 * the files: a loaded library stays mapped without its name, so nothing is left behind even when
 * the JVM is killed later.
 */
public final class PrivateDirectory implements AutoCloseable {
  /** Where to create the directory instead of {@code java.io.tmpdir}. */
  public static final String PARENT_PROPERTY = "swiftkv.native.directory";

  private final Path path;
  private final List<Path> files = new ArrayList<>();

  private PrivateDirectory(Path path) {
    this.path = path;
  }

  /** A new, empty directory. */
  public static PrivateDirectory create() throws IOException {
    FileAttribute<Set<PosixFilePermission>> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    String parent = System.getProperty(PARENT_PROPERTY, System.getProperty("java.io.tmpdir"));
    Files.createDirectories(Path.of(parent));
    return new PrivateDirectory(
        Files.createTempDirectory(Path.of(parent), "swiftkv-native-", ownerOnly));
  }

  /**
   * Copies a resource into the directory.
   *
   * @throws FileNotFoundException if there is no such resource
   */
  public Path extract(Class<?> anchor, String resource) throws IOException {
    Path target = path.resolve(Path.of(resource).getFileName());
    Path part = path.resolve(target.getFileName() + ".part");
    try (InputStream in = anchor.getResourceAsStream(resource)) {
      if (in == null) {
        throw new FileNotFoundException("No resource " + resource);
      }
      files.add(part);
      Files.copy(in, part);
    }
    files.add(target);
    return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(path);
  }
}

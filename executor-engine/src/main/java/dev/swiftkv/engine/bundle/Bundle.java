package dev.swiftkv.engine.bundle;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.kernels.Fact;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * An archive with everything that the engine's commands need: a Java runtime, jars, native
 * libraries, the demonstration model and a launcher.
 *
 * @param home the software's folder: a clone that has been built
 * @param jdk makes the runtime
 * @param extraJars go to {@code lib/extra}, which the launcher puts on the class path
 */
public record Bundle(Path home, Jdk jdk, List<Path> extraJars) {
  /** What such an archive should stay below: small enough for every way into a closed network. */
  public static final long LIMIT_BYTES = 60_000_000;

  /** The folder in the archive. */
  public static final String NAME = "swiftkv";

  /**
   * Jars of the engine and of what it needs, in the words of a class path; written by the build.
   */
  public static final String CLASS_PATH_FILE = "bundle/target/bundle.classpath";

  private static final String MODEL = BuiltInModels.defaultDirectory();

  /**
   * A bundle of the software in a folder.
   *
   * @param jdkOrNull folder of the JDK to make the runtime from; null takes the best one there is
   * @throws EngineException INVALID_OPTION if there is no such JDK or jar
   */
  public static Bundle of(Path home, Path jdkOrNull, List<Path> extraJars) {
    for (Path jar : extraJars) {
      if (!Files.isRegularFile(jar)) {
        throw new EngineException(ErrorCategory.INVALID_OPTION, "There is no jar " + jar);
      }
    }
    Jdk jdk = jdkOrNull == null ? Jdk.choose() : named(jdkOrNull);
    return new Bundle(home, jdk, List.copyOf(extraJars));
  }

  private static Jdk named(Path folder) {
    return Jdk.in(folder)
        .orElseThrow(
            () ->
                new EngineException(
                    ErrorCategory.INVALID_OPTION,
                    "There is no JDK 17 or later with jlink and jmods in " + folder));
  }

  /**
   * Writes the archive.
   *
   * @param progress gets a line for each part
   * @return the parts with their sizes before compression, and the archive with its own
   */
  public List<Fact> write(Archive archive, Consumer<String> progress) {
    try {
      Path work = Files.createTempDirectory("swiftkv-bundle-");
      try {
        return write(Files.createDirectory(work.resolve(NAME)), archive, progress);
      } finally {
        Folders.delete(work);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The bundle cannot be written: " + e.getMessage(), e);
    }
  }

  private List<Fact> write(Path root, Archive archive, Consumer<String> progress)
      throws IOException {
    progress.accept("jars");
    Path library = Files.createDirectory(root.resolve("lib"));
    for (Path jar : jars()) {
      JarCopy.copy(jar, library.resolve(jar.getFileName().toString()));
    }
    Path extra = Files.createDirectory(library.resolve("extra"));
    for (Path jar : extraJars) {
      Files.copy(jar, extra.resolve(jar.getFileName().toString()));
    }
    progress.accept("runtime from " + jdk.description());
    SortedSet<String> modules = jdk.modulesOf(Folders.filesByName(library));
    Path runtime = root.resolve("runtime");
    jdk.makeRuntime(modules, runtime);
    progress.accept("model and launcher");
    Path model = root.resolve(MODEL);
    Folders.copy(home.resolve(MODEL), model);
    Files.copy(home.resolve("LICENSE"), root.resolve("LICENSE"));
    writeText("README.md", root.resolve("README.md"));
    Path launcher = Files.createDirectory(root.resolve("bin")).resolve(NAME);
    writeText("launcher.sh", launcher);
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    progress.accept("archive");
    archive.write(root);
    List<Fact> sizes = new ArrayList<>();
    sizes.add(size("runtime", Folders.bytes(runtime), String.join(" ", modules)));
    for (Path jar : Folders.filesByName(library)) {
      sizes.add(size(root.relativize(jar).toString(), Files.size(jar), ""));
    }
    sizes.add(size(MODEL, Folders.bytes(model), ""));
    sizes.add(size("archive", Files.size(archive.file()), archive.file().toString()));
    return sizes;
  }

  private static Fact size(String part, long bytes, String remark) {
    return new Fact(part, "%,d bytes%s".formatted(bytes, remark.isEmpty() ? "" : ", " + remark));
  }

  private List<Path> jars() throws IOException {
    Path classPath = home.resolve(CLASS_PATH_FILE);
    if (!Files.isReadable(classPath)) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "A bundle is made from a clone that has been built, and there is no %s: run bin/swiftkv bundle there"
              .formatted(classPath));
    }
    String separator = File.pathSeparator;
    return Stream.of(Files.readString(classPath).strip().split(separator))
        .map(Path::of)
        .peek(Bundle::requireJar)
        .toList();
  }

  private static void requireJar(Path jar) {
    if (!Files.isRegularFile(jar)) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "The build has not packed %s yet: run ./mvnw -DskipTests package".formatted(jar));
    }
  }

  private void writeText(String resource, Path target) throws IOException {
    try (InputStream in = Bundle.class.getResourceAsStream(resource)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Files.writeString(target, text.replace("@OPTIONS@", String.join(" ", jdk.quietOptions())));
    }
  }
}

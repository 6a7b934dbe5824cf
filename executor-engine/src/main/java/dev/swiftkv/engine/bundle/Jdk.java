package dev.swiftkv.engine.bundle;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A JDK that a small runtime can be made from.
 *
 * @param home its folder
 * @param feature its version, such as 17
 * @param implementor who built it, such as Eclipse Adoptium
 */
record Jdk(Path home, int feature, String implementor) {
  /** Compiles the sources, and jlink of one version makes runtimes of that version alone. */
  private static final int OLDEST = 17;

  /** Its builds need glibc 2.17 alone, those of a distribution the glibc of that distribution. */
  private static final String PORTABLE_IMPLEMENTOR = "Eclipse Adoptium";

  private static final int PREFERRED_FEATURE = 25;

  /** From this version on native methods and Unsafe are warned of unless allowed. */
  private static final int WARNS_FROM = 24;

  private static final int ZIP_NAMES_FROM = 21;
  private static final Path USUAL_PARENT = Path.of("/usr/lib/jvm");

  /**
   * What libraries mention and the engine never gets to: images in DJL, beans and SQL dates in
   * Jackson, which does without.
   */
  private static final List<String> UNUSED_MODULES =
      List.of("java.compiler", "java.desktop", "java.sql", "java.xml");

  private static final Pattern RELEASE_LINE = Pattern.compile("([A-Z_]+)=\"?([^\"]*)\"?");
  private static final Pattern MODULE = Pattern.compile("-> ((?:java|jdk)\\.[a-z.]+)");

  /** The JDK in a folder; empty if there is none, or none that makes runtimes. */
  static Optional<Jdk> in(Path home) {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin/jlink")) || !Files.isReadable(release)) {
      return Optional.empty();
    }
    String version = "";
    String implementor = "";
    try {
      for (String line : Files.readAllLines(release)) {
        Matcher matcher = RELEASE_LINE.matcher(line);
        if (matcher.matches() && matcher.group(1).equals("JAVA_VERSION")) {
          version = matcher.group(2);
        } else if (matcher.matches() && matcher.group(1).equals("IMPLEMENTOR")) {
          implementor = matcher.group(2);
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    Matcher feature = Pattern.compile("\\d+").matcher(version);
    Jdk jdk = new Jdk(home, feature.find() ? Integer.parseInt(feature.group()) : 0, implementor);
    return jdk.feature >= OLDEST && jdk.makesRuntimes() ? Optional.of(jdk) : Optional.empty();
  }

  /**
   * The JDK to take: one that runs on old systems if there is one, else the one that runs now.
   *
   * @throws EngineException UNSUPPORTED if neither makes runtimes
   */
  static Jdk choose() {
    Path running = Path.of(System.getProperty("java.home"));
    List<Path> homes = new ArrayList<>();
    homes.addAll(foldersOf(USUAL_PARENT));
    homes.addAll(foldersOf(running.getParent()));
    return homes.stream()
        .distinct()
        .flatMap(home -> in(home).stream())
        .filter(jdk -> jdk.feature == PREFERRED_FEATURE)
        .filter(jdk -> jdk.implementor.equals(PORTABLE_IMPLEMENTOR))
        .findFirst()
        .or(() -> in(running))
        .orElseThrow(
            () ->
                new EngineException(
                    ErrorCategory.UNSUPPORTED,
                    "No JDK with jlink and jmods in %s or beside it; name one with --jdk"
                        .formatted(running)));
  }

  /** One line for people. */
  String description() {
    return "Java %d (%s), %s".formatted(feature, implementor, home);
  }

  /** Options without which this Java warns of what the engine does. */
  List<String> quietOptions() {
    return feature < WARNS_FROM
        ? List.of()
        : List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
  }

  /** The modules that jars need, found in their classes. */
  SortedSet<String> modulesOf(List<Path> jars) {
    List<String> command =
        new ArrayList<>(
            List.of(tool("jdeps"), "-s", "--ignore-missing-deps", "--multi-release", "" + OLDEST));
    jars.forEach(jar -> command.add(jar.toString()));
    SortedSet<String> modules = new TreeSet<>();
    Matcher matcher = MODULE.matcher(ChildProcess.run(command));
    while (matcher.find()) {
      modules.add(matcher.group(1));
    }
    UNUSED_MODULES.forEach(modules::remove);
    return modules;
  }

  /** Makes a runtime, not compressed: the archive around it is. */
  void makeRuntime(SortedSet<String> modules, Path folder) {
    ChildProcess.run(
        List.of(
            tool("jlink"),
            "--add-modules",
            String.join(",", modules),
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages",
            "--compress",
            feature < ZIP_NAMES_FROM ? "0" : "zip-0",
            "--output",
            folder.toString()));
  }

  private boolean makesRuntimes() {
    return Files.isDirectory(home.resolve("jmods"))
        || ChildProcess.run(List.of(tool("jlink"), "--help"))
            .toLowerCase(Locale.ROOT)
            .contains("linking from run-time image enabled");
  }

  private String tool(String name) {
    return home.resolve("bin").resolve(name).toString();
  }

  private static List<Path> foldersOf(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(parent)) {
      return folders.sorted(Comparator.naturalOrder()).toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}

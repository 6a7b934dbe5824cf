package dev.swiftkv.kernels.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@code src/main/cuda/build.sh} leaves in the folder of the build, and what is kept. */
final class CompiledKernels {
  static final Path SOURCES = Path.of("src", "main", "cuda");
  static final Path KEPT =
      Path.of("src", "main", "resources", "dev", "swiftkv", "kernels", "cuda", "ptx");
  static final Path BUILT = Path.of("target", "cuda");
  static final Path PACKED = Path.of("target", "classes", "dev", "swiftkv", "kernels", "cuda");

  private static final Pattern ENTRY =
      Pattern.compile(
          "\\.entry\\s+(\\w+)\\(\\s*\\.param \\.align (\\d+) \\.b8 \\w+\\[(\\d+)]\\s*\\)\\s*"
              + "(?:\\.maxntid (\\d+))?");
  private static final Pattern USE =
      Pattern.compile(
          "Compiling entry function '(\\w+)' for '(\\w+)'.*?"
              + "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads.*?"
              + "Used (\\d+) registers([^\\n]*)",
          Pattern.DOTALL);
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  private CompiledKernels() {}

  /**
   * An entry point as PTX declares it.
   *
   * @param threads the most threads of a block; 0 if it does not say
   */
  record Entry(String name, int argumentBytes, int threads) {}

  /**
   * What an entry point uses on one architecture, as ptxas reports it.
   *
   * @param spillBytes stored to and loaded from local memory for want of registers
   * @param sharedBytes static shared memory
   */
  record Use(
      String name,
      String architecture,
      int registers,
      int stackBytes,
      int spillBytes,
      int sharedBytes) {}

  static List<Entry> entries(String ptx) {
    List<Entry> entries = new ArrayList<>();
    Matcher matcher = ENTRY.matcher(ptx);
    while (matcher.find()) {
      int threads = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
      entries.add(new Entry(matcher.group(1), Integer.parseInt(matcher.group(3)), threads));
    }
    return entries;
  }

  static List<Use> uses(String log) {
    List<Use> uses = new ArrayList<>();
    Matcher matcher = USE.matcher(log);
    while (matcher.find()) {
      Matcher shared = SHARED.matcher(matcher.group(7));
      uses.add(
          new Use(
              matcher.group(1),
              matcher.group(2),
              Integer.parseInt(matcher.group(6)),
              Integer.parseInt(matcher.group(3)),
              Integer.parseInt(matcher.group(4)) + Integer.parseInt(matcher.group(5)),
              shared.find() ? Integer.parseInt(shared.group(1)) : 0));
    }
    return uses;
  }

  /** Names, without the suffix, of the files in a folder that have it, sorted. */
  static List<String> names(Path folder, String suffix) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .map(name -> name.substring(0, name.length() - suffix.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

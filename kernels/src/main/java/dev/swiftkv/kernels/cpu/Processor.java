package dev.swiftkv.kernels.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The processor as Linux describes it, for people; what runs is chosen by the native library.
 *
 * @param name as its maker calls it, or the name of the architecture
 * @param features flags of {@code /proc/cpuinfo}; empty where there is no such file
 */
public record Processor(String name, Set<String> features) {
  private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");

  /** What the native operations ask for or gain from, the oldest first. */
  private static final List<String> RELEVANT =
      List.of(
          "avx",
          "f16c",
          "fma",
          "avx2",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16",
          "amx_tile",
          "amx_bf16");

  /** The one that runs this program; without features where the system does not name them. */
  public static Processor ofThisMachine() {
    try {
      return parse(Files.readAllLines(DESCRIPTION));
    } catch (IOException e) {
      return new Processor(System.getProperty("os.arch"), Set.of());
    }
  }

  static Processor parse(List<String> lines) {
    String features = value("flags", lines, "");
    return new Processor(
        value("model name", lines, System.getProperty("os.arch")),
        new LinkedHashSet<>(List.of(features.split(" +"))));
  }

  /** Those features that the native operations care about. */
  List<String> relevantFeatures() {
    return RELEVANT.stream().filter(features::contains).toList();
  }

  private static String value(String key, List<String> lines, String otherwise) {
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
        return line.substring(colon + 1).strip();
      }
    }
    return otherwise;
  }
}

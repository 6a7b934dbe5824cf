package dev.swiftkv.benchmarks.report;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where numbers come from: machine, software, command, commit. */
public final class Origin {
  private static final long GIGABYTE = 1L << 30;

  private Origin() {}

  /**
   * Describes this machine and this commit.
   *
   * @param command what was run
   */
  public static Map<String, String> describe(String command) {
    Map<String, String> origin = new LinkedHashMap<>();
    origin.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    origin.put("commit", commit());
    origin.put("command", command);
    origin.put("processor", processor());
    origin.put("memory", memory());
    origin.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    origin.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    origin.put("load at the end", loadAverage());
    return origin;
  }

  private static String commit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
              .directory(Path.of(System.getProperty("swiftkv.home", ".")).toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String name = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return name.isEmpty() ? "unknown" : name;
    } catch (IOException e) {
      return "unknown: " + e.getMessage();
    }
  }

  private static String processor() {
    int count = Runtime.getRuntime().availableProcessors();
    String name = System.getProperty("os.arch");
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          name = line.substring(line.indexOf(':') + 1).strip();
          break;
        }
      }
    } catch (IOException e) {
      name += " (" + e.getMessage() + ")";
    }
    return count + " of " + name;
  }

  private static String memory() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getTotalMemorySize() / GIGABYTE + " GiB";
  }

  private static String loadAverage() {
    return "%.1f".formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }
}

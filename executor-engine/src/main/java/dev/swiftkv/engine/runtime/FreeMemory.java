package dev.swiftkv.engine.runtime;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Memory that the machine, or the container that the JVM is confined to, can still give. */
public final class FreeMemory {
  private static final Path LINUX = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private FreeMemory() {}

  /** Bytes, an estimate. */
  public static long bytes() {
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    // What the system calls free leaves out file pages, which it gives up on demand; a container
    // counts only what its own limit leaves.
    long available = linuxAvailable();
    return available > 0
        ? Math.min(available, system.getTotalMemorySize())
        : system.getFreeMemorySize();
  }

  private static long linuxAvailable() {
    if (!Files.isReadable(LINUX)) {
      return 0;
    }
    try {
      return parse(Files.readAllLines(LINUX));
    } catch (IOException e) {
      return 0;
    }
  }

  /** Bytes that {@code /proc/meminfo} says are available; 0 if it does not say. */
  static long parse(List<String> lines) {
    for (String line : lines) {
      if (line.startsWith(AVAILABLE)) {
        String digits = line.substring(AVAILABLE.length()).replaceAll("\\D", "");
        return digits.isEmpty() ? 0 : Math.multiplyExact(1024L, Long.parseLong(digits));
      }
    }
    return 0;
  }
}

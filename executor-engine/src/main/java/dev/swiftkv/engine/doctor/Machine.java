package dev.swiftkv.engine.doctor;

import dev.swiftkv.engine.runtime.FreeMemory;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import dev.swiftkv.kernels.Fact;
import dev.swiftkv.kernels.cpu.PrivateDirectory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;

/** What is no device's business: the software, the JVM, memory, and where native files go. */
final class Machine {
  private static final double BYTES_PER_GIB = 1L << 30;

  private Machine() {}

  static List<Fact> facts() {
    return List.of(
        new Fact("spark-swiftkv", version()),
        new Fact(
            "Java",
            "%s (%s), %s"
                .formatted(
                    System.getProperty("java.version"),
                    System.getProperty("java.vendor"),
                    System.getProperty("java.home"))),
        new Fact(
            "system",
            "%s %s, %s"
                .formatted(
                    System.getProperty("os.name"),
                    System.getProperty("os.version"),
                    System.getProperty("os.arch"))),
        new Fact("memory", memory()),
        new Fact("native files", nativeFiles()),
        new Fact("tokenizer", Tokenizer.unavailableReason().orElse("native library loaded")));
  }

  private static String version() {
    String version = Machine.class.getPackage().getImplementationVersion();
    return version == null ? "built in place" : version;
  }

  private static String memory() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return String.format(
        Locale.ROOT,
        "%.1f GiB free of %.1f GiB, the Java heap takes at most %.1f GiB",
        FreeMemory.bytes() / BYTES_PER_GIB,
        system.getTotalMemorySize() / BYTES_PER_GIB,
        Runtime.getRuntime().maxMemory() / BYTES_PER_GIB);
  }

  /** Tries what every native library goes through before it is loaded. */
  private static String nativeFiles() {
    String parent =
        System.getProperty(PrivateDirectory.PARENT_PROPERTY, System.getProperty("java.io.tmpdir"));
    try (PrivateDirectory directory = PrivateDirectory.create()) {
      directory.extract(Machine.class, Machine.class.getSimpleName() + ".class");
      return String.format(
          Locale.ROOT,
          "unpacked below %s, %.1f GiB free",
          parent,
          Files.getFileStore(directory.path()).getUsableSpace() / BYTES_PER_GIB);
    } catch (IOException e) {
      return "cannot be unpacked below %s (%s); set -D%s to another folder"
          .formatted(parent, e, PrivateDirectory.PARENT_PROPERTY);
    }
  }
}

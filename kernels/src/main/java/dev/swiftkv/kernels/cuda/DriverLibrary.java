package dev.swiftkv.kernels.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The library of NVIDIA's driver, looked for where the system's linker would, and not loaded:
 * JCuda's class cannot be used again in a JVM in which it once failed to find it.
 */
final class DriverLibrary {
  /** The name that JCuda's library asks for. */
  static final String FILE = "libcuda.so.1";

  private static final Path LOADED = Path.of("/proc/self/maps");
  private static final Path LINKER_CACHE = Path.of("/etc/ld.so.cache");
  private static final List<String> USUAL_FOLDERS =
      List.of("/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib");

  private DriverLibrary() {}

  /** Whether this JVM has it or would find it. */
  static boolean isPresent() {
    return mentions(LOADED, "/" + FILE) || mentions(LINKER_CACHE, FILE) || isInFolders();
  }

  private static boolean isInFolders() {
    List<String> folders = new ArrayList<>(USUAL_FOLDERS);
    String configured = System.getenv("LD_LIBRARY_PATH");
    if (configured != null) {
      folders.addAll(List.of(configured.split("[:;]", -1)));
    }
    return folders.stream()
        .filter(folder -> !folder.isEmpty())
        .anyMatch(folder -> Files.exists(Path.of(folder, FILE)));
  }

  private static boolean mentions(Path file, String text) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      return false; // not this kind of system
    }
  }
}

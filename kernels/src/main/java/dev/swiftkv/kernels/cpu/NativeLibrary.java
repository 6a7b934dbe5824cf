package dev.swiftkv.kernels.cpu;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the native library once per JVM. Never throws while doing so: the reason of a failure is
 * kept for whoever asks. Safe from any thread.
 */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  /** In the order in which each needs the one before. */
  private static final List<String> FILES =
      List.of("libswiftkv_env.so", "libgomp.so.1", "libdnnl.so.3", "libswiftkv_cpu.so");

  private NativeLibrary() {}

  /** Why the library cannot be used here, in one sentence; empty if it is loaded. */
  static Optional<String> unavailableReason() {
    return Optional.ofNullable(Loaded.REASON_OR_NULL);
  }

  /**
   * Checks that the library is loaded.
   *
   * @throws IllegalStateException with the reason if it is not
   */
  static void require() {
    unavailableReason()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(reason);
            });
  }

  private static String load() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64)")) {
      return "the native CPU operations exist for Linux on x86-64 only, this is " + system;
    }
    try (PrivateDirectory directory = PrivateDirectory.create()) {
      for (String file : FILES) {
        Path library = directory.extract(NativeLibrary.class, "linux-x86_64/" + file);
        loadOne(library, file);
      }
    } catch (FileNotFoundException e) {
      return "the native CPU operations are not in this build (no g++ when it was made?)";
    } catch (IOException | UnsatisfiedLinkError e) {
      return "the native CPU operations could not be loaded: " + e.getMessage();
    }
    if (CpuNatives.activeIsa() == 0) {
      return "the native CPU operations need a processor with AVX2 and FMA";
    }
    LOG.info("Native CPU operations: {}", CpuNatives.description());
    return null;
  }

  private static void loadOne(Path library, String file) {
    boolean readsSettings = file.startsWith("libgomp");
    if (readsSettings) {
      OpenMpSettings.apply();
    }
    System.load(library.toString());
    if (readsSettings) {
      OpenMpSettings.restore();
    }
  }

  /** Initialised by the first question. */
  private static final class Loaded {
    static final String REASON_OR_NULL = load();
  }
}

package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.cpu.PrivateDirectory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/**
 * Loads JCuda's library of the driver once per JVM, from a directory of this JVM alone. Never
 * throws while doing so: the reason of a failure is kept for whoever asks. Safe from any thread.
 */
final class CudaNatives {
  private static final String FILE = "libJCudaDriver-12.6.0-linux-x86_64.so";

  private CudaNatives() {}

  /** Why JCuda cannot be used here, in one sentence; empty if it is loaded. */
  static Optional<String> unavailableReason() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64)")) {
      return Optional.of("the GPU backend exists for Linux on x86-64 only, this is " + system);
    }
    if (!DriverLibrary.isPresent()) {
      return Optional.of("no NVIDIA driver: %s was not found".formatted(DriverLibrary.FILE));
    }
    return Optional.ofNullable(Loaded.REASON_OR_NULL);
  }

  private static String load() {
    try (PrivateDirectory directory = PrivateDirectory.create()) {
      directory.extract(CudaNatives.class, "linux-x86_64/" + FILE);
      JcudaLoader.load(directory.path());
      return null;
    } catch (FileNotFoundException e) {
      return "JCuda's library is not in this build (was it made on Linux x86-64?)";
    } catch (IOException | LinkageError e) {
      return "JCuda's library could not be loaded: " + firstCause(e);
    }
  }

  /** JCuda packs the stack traces of all its attempts into one message; the last one was ours. */
  private static String firstCause(Throwable problem) {
    String message = String.valueOf(problem.getMessage());
    String marker = UnsatisfiedLinkError.class.getName() + ": ";
    int start = message.lastIndexOf(marker);
    String cause = start < 0 ? message : message.substring(start + marker.length());
    return cause.lines().findFirst().orElse(problem.getClass().getSimpleName());
  }

  /** Initialised by the first question that a driver could answer. */
  private static final class Loaded {
    static final String REASON_OR_NULL = load();
  }
}

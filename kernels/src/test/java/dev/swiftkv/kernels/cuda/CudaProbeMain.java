package dev.swiftkv.kernels.cuda;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** What a JVM of its own does for {@link CudaNativesTest}: looks for a GPU and writes down what. */
final class CudaProbeMain {
  static final String READY = "ready";

  private CudaProbeMain() {}

  /**
   * Probes.
   *
   * @param arguments the file for the answer; {@code true} to put an emulated GPU in first; how
   *     many class loaders are to probe
   */
  public static void main(String[] arguments) throws Exception {
    if (Boolean.parseBoolean(arguments[1])) {
      EmulatedGpu.require("");
    }
    String folder = System.getProperty("java.io.tmpdir");
    AtomicReference<String> seen = new AtomicReference<>(folder);
    AtomicBoolean done = new AtomicBoolean();
    Thread watcher = new Thread(() -> watch(folder, seen, done));
    watcher.start();
    String answer = CudaProbe.run().unavailableReason().orElse(READY);
    for (int i = 1; i < Integer.parseInt(arguments[2]); i++) {
      answer = answer + " " + answerOfAnotherLoader();
    }
    done.set(true);
    watcher.join();
    boolean isClean =
        System.getProperties().stringPropertyNames().stream()
            .noneMatch(name -> name.startsWith("swiftkv.jcuda"));
    if (!seen.get().equals(folder) || !isClean) {
      answer = "java.io.tmpdir was " + seen + "; properties: " + System.getProperties();
    }
    Files.writeString(Path.of(arguments[0]), answer);
  }

  /** Notices if the folder for temporary files changes, be it for a moment. */
  private static void watch(String folder, AtomicReference<String> seen, AtomicBoolean done) {
    while (!done.get()) {
      String now = System.getProperty("java.io.tmpdir");
      if (!folder.equals(now)) {
        seen.set(now);
      }
    }
  }

  private static String answerOfAnotherLoader() throws IOException, ReflectiveOperationException {
    String[] entries = System.getProperty("java.class.path").split(":", -1);
    URL[] urls = new URL[entries.length];
    for (int i = 0; i < entries.length; i++) {
      urls[i] = Path.of(entries[i]).toUri().toURL();
    }
    try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      Class<?> probe = loader.loadClass(CudaProbe.class.getName());
      Object answer = probe.getMethod("run").invoke(null);
      Object reason = probe.getMethod("unavailableReason").invoke(answer);
      return reason.toString().equals("Optional.empty") ? READY : reason.toString();
    }
  }
}

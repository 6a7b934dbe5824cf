package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.cpu.PrivateDirectory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A GPU for tests: the test-only {@code libcuda.so.1} of {@code src/test/cuda}, which runs our
 * kernels under emulation. There is one per JVM. Once it is loaded, JCuda's library finds it under
 * the driver's name, so this must happen before anything touches JCuda.
 *
 * <p>What the machine is (devices, compute capability, memory) is set by {@link #configure} with
 * the words that {@code src/test/cuda/driver/settings.h} lists, or by the environment variable
 * {@code SWIFTKV_EMULATED_GPU} when the driver is initialised.
 */
public final class EmulatedGpu {
  private static final String LIBRARY = "emulated/libcuda.so.1";

  private EmulatedGpu() {}

  /** Whether there is an emulated GPU; loads it. */
  static boolean isLoaded() {
    return Loaded.REASON_OR_NULL == null;
  }

  /** Loads the library; skips the running test, with the reason, where it cannot be had. */
  public static void require() {
    Assumptions.assumeTrue(Loaded.REASON_OR_NULL == null, Loaded.REASON_OR_NULL);
  }

  /**
   * Loads the library and starts the machine anew with these words, for instance {@code devices=2
   * capability=8.0 memory=268435456}. Destroys all contexts with what they own, counters and
   * planned failures; {@code cuInit} must be called again.
   *
   * @throws IllegalArgumentException if a word is not understood
   */
  public static void require(String words) {
    require();
    configureNative(words);
  }

  /**
   * Takes the GPU out of the machine: {@code cuInit} finds no device until the next {@link
   * #require(String)}. For tests that share their JVM with others, which must not come upon it.
   */
  public static void remove() {
    if (Loaded.REASON_OR_NULL == null) {
      configureNative("devices=0");
    }
  }

  /**
   * How often a driver function was called since the start or {@link #clearCounters}. The name is
   * without version suffix, as in {@code cuMemAlloc}. {@code kernel NAME} counts launches of one
   * kernel, recorded ones included; {@code execution} counts operations that streams have run.
   */
  public static native long callCount(String function);

  /** Sets all counters to zero and forgets planned failures. */
  public static native void clearCounters();

  /**
   * Makes one call of a driver function return an error and do nothing.
   *
   * @param function the name as in {@link #callCount}; {@code execution} fails work of a stream
   *     while it runs, which is always sticky
   * @param nth which call, counted from the next one, which is 1
   * @param result the value of a {@code CUresult}
   */
  public static void fail(String function, int nth, int result) {
    failNative(function, nth, result, false);
  }

  /**
   * Like {@link #fail}, and every later call in the current context returns the same error until
   * the context is destroyed.
   */
  public static void failForGood(String function, int nth, int result) {
    failNative(function, nth, result, true);
  }

  /** Device memory in use, in bytes. */
  public static native long usedBytes(int device);

  /** The most device memory that was in use at one time, in bytes. */
  public static native long peakBytes(int device);

  /** What has not been given back, as in {@code 1 contexts, 2 streams}; empty if nothing. */
  public static native String leftovers();

  /** Every emulated kernel by name. */
  public static Map<String, Kernel> emulatedKernels() {
    Map<String, Kernel> byName = new LinkedHashMap<>();
    for (String line : kernels().split("\n", -1)) {
      if (!line.isEmpty()) {
        String[] words = line.split(" ", -1);
        Kernel kernel = new Kernel(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        byName.put(words[0], kernel);
      }
    }
    return byName;
  }

  /**
   * What the emulator knows about a kernel.
   *
   * @param threads the most threads a block may have
   * @param argumentBytes size of its one argument
   */
  public record Kernel(int threads, int argumentBytes) {}

  private static native void configureNative(String words);

  private static native void failNative(String function, int nth, int result, boolean sticky);

  private static native String kernels();

  private static String load() {
    if (hasAnotherDriver()) {
      return "this JVM has loaded the driver of a real GPU already";
    }
    try (PrivateDirectory directory = PrivateDirectory.create()) {
      System.load(directory.extract(EmulatedGpu.class, LIBRARY).toString());
      return null;
    } catch (FileNotFoundException e) {
      return "there is no emulated GPU: it is built by g++ on Linux x86-64";
    } catch (IOException | UnsatisfiedLinkError e) {
      return "the emulated GPU could not be loaded: " + e.getMessage();
    }
  }

  private static boolean hasAnotherDriver() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.anyMatch(line -> line.contains("/libcuda.so"));
    } catch (IOException | UncheckedIOException e) {
      return false; // no such file: then it is no Linux, and there is no library for it either
    }
  }

  /** Initialised by the first question. */
  private static final class Loaded {
    static final String REASON_OR_NULL = load();
  }
}

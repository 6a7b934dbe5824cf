package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Puts an emulated GPU into the machine for the tests of one class, and takes it out again: other
 * classes of the same JVM must not come upon it. At the end nothing may be left on it.
 */
public final class EmulatedMachine implements BeforeAllCallback, AfterAllCallback {
  private final String words;
  private final boolean isNeeded;

  private EmulatedMachine(String words, boolean isNeeded) {
    this.words = words;
    this.isNeeded = isNeeded;
  }

  /**
   * A machine that {@link EmulatedGpu#require(String)} describes. Where it cannot be had, the tests
   * are skipped.
   */
  public EmulatedMachine(String words) {
    this(words, true);
  }

  /** The same for tests over several devices, which run without it where it cannot be had. */
  public static EmulatedMachine orNone(String words) {
    return new EmulatedMachine(words, false);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    try {
      EmulatedGpu.require(words);
    } catch (TestAbortedException e) {
      if (isNeeded) {
        throw e;
      }
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (EmulatedGpu.isLoaded()) {
      String leftovers = EmulatedGpu.leftovers();
      EmulatedGpu.remove();
      assertThat(leftovers).isEmpty();
    }
  }
}

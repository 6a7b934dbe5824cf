package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Puts an emulated GPU into the machine for the tests of one class, and takes it out again: other
 * classes of the same JVM must not come upon it. At the end nothing may be left on it.
 */
public final class EmulatedMachine implements BeforeAllCallback, AfterAllCallback {
  private final String words;

  /** A machine that {@link EmulatedGpu#require(String)} describes. */
  public EmulatedMachine(String words) {
    this.words = words;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    EmulatedGpu.require(words);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    String leftovers = EmulatedGpu.leftovers();
    EmulatedGpu.remove();
    assertThat(leftovers).isEmpty();
  }
}

package dev.swiftkv.kernels.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.OpsContract;

class NativeCpuOpsTest extends OpsContract {
  @Override
  protected Backend open() {
    assumeTrue(
        NativeLibrary.unavailableReason().isEmpty(),
        () -> NativeLibrary.unavailableReason().orElse(""));
    return new NativeCpuBackend(new BackendOptions(4L << 30, 2, 0));
  }
}

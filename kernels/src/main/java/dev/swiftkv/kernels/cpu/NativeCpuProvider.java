package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendProvider;
import java.util.Optional;

/** Offers the CPU with native operations, where this build has them and this machine runs them. */
public final class NativeCpuProvider implements BackendProvider {
  @Override
  public String name() {
    return NativeCpuBackend.NAME;
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public Optional<String> unavailableReason() {
    return NativeLibrary.unavailableReason();
  }

  @Override
  public Backend open(BackendOptions options) {
    return new NativeCpuBackend(options);
  }
}

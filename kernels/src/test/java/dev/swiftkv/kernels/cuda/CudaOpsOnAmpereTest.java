package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.OpsContract;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With the kernels for mma.sync, which run on every GPU from capability 8.0 on. */
class CudaOpsOnAmpereTest extends OpsContract {
  @RegisterExtension
  static final EmulatedMachine MACHINE = new EmulatedMachine("capability=8.0 threads=2");

  @Override
  protected Backend open() {
    return new CudaBackend(BackendOptions.defaults());
  }

  /** The emulator runs a block of 1,024 threads for each. */
  @Override
  public int draws() {
    return 2000;
  }
}

package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.OpsContract;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With the kernels for wgmma. */
class CudaOpsTest extends OpsContract {
  @RegisterExtension
  static final EmulatedMachine MACHINE = new EmulatedMachine("capability=9.0 threads=2");

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

package dev.swiftkv.kernels.scalar;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.OpsContract;

class ScalarOpsTest extends OpsContract {
  @Override
  protected Backend open() {
    return new ScalarBackend(new BackendOptions(1L << 30, 2, 0));
  }
}

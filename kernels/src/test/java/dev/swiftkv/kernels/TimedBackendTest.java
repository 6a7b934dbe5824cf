package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.OpsTimings.Operation;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import org.junit.jupiter.api.Test;

class TimedBackendTest {
  private static final BackendOptions OPTIONS = new BackendOptions(1 << 24, 1, 0);

  @Test
  void timesAddUpToProductsAttentionAndRest() throws Exception {
    try (TimedBackend backend = new TimedBackend(new ScalarBackend(OPTIONS));
        Device device = new Device(backend)) {
      WeightMatrix weight = device.matrix(DType.F32, 40, 30, new float[1200]);
      Tensor x = device.tensor(DType.F32, 20, 30, new float[600]);
      Tensor norm = device.tensor(DType.F32, 1, 30, new float[30]);
      Tensor logits = device.tensor(DType.F32, 20, 40);

      backend.ops().rmsNorm(x, norm, 1e-5f, x);
      backend.ops().logits(x, weight, logits);
      backend.ops().logits(x, weight, logits);

      OpsTimings timings = backend.timings();
      assertThat(timings.calls(Operation.LOGITS)).isEqualTo(2);
      assertThat(timings.calls(Operation.RMS_NORM)).isEqualTo(1);
      assertThat(timings.productNanos()).isEqualTo(timings.nanos(Operation.LOGITS)).isPositive();
      assertThat(timings.restNanos()).isEqualTo(timings.nanos(Operation.RMS_NORM)).isPositive();
      assertThat(timings.attentionNanos()).isZero();
      double flops = 2 * 2.0 * 20 * 30 * 40;
      assertThat(timings.productGflops()).isEqualTo(flops / timings.productNanos());
      assertThat(timings.toString()).contains("attention 0.0 %");
      timings.clear();
      assertThat(timings.totalNanos()).isZero();
      assertThat(timings.productGflops()).isZero();
    }
  }

  @Test
  void aPausedStopwatchCountsNothing() throws Exception {
    try (TimedBackend backend = new TimedBackend(new ScalarBackend(OPTIONS));
        Device device = new Device(backend)) {
      Tensor x = device.tensor(DType.F32, 20, 30, new float[600]);
      Tensor norm = device.tensor(DType.F32, 1, 30, new float[30]);
      backend.pause();
      backend.ops().rmsNorm(x, norm, 1e-5f, x);
      assertThat(backend.timings().calls(Operation.RMS_NORM)).isZero();
      backend.resume();
      backend.ops().rmsNorm(x, norm, 1e-5f, x);
      assertThat(backend.timings().calls(Operation.RMS_NORM)).isEqualTo(1);
    }
  }

  @Test
  void theDeviceInsideIsClosedAndFindsItsLeaks() {
    TimedBackend backend = new TimedBackend(new ScalarBackend(OPTIONS));
    DeviceBuffer forgotten = backend.memory().allocate("forgotten", 8);
    try (forgotten) {
      assertThatThrownBy(backend::close).hasMessageContaining("forgotten");
    }
  }

  @Test
  void theCeilingIsMeasuredAndLeavesNothingBehind() {
    try (Backend backend = new ScalarBackend(OPTIONS)) {
      assertThat(GemmCeiling.gflops(backend, DType.F32, 16, 64, 64)).isPositive();
    }
  }
}

package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.OpsTimings;
import dev.swiftkv.kernels.OpsTimings.Operation;
import dev.swiftkv.kernels.Projection;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.TimedBackend;
import dev.swiftkv.kernels.WeightMatrix;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import dev.swiftkv.kernels.scalar.ScalarProvider;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NativeCpuBackendTest {
  private static final BackendOptions OPTIONS = new BackendOptions(1 << 24, 1, 0);

  @BeforeEach
  void needsTheLibrary() {
    assumeTrue(
        NativeLibrary.unavailableReason().isEmpty(),
        () -> NativeLibrary.unavailableReason().orElse(""));
  }

  @Test
  void goesBeforePlainJava() {
    assertThat(new NativeCpuProvider().rank()).isGreaterThan(new ScalarProvider().rank());
    try (Backend backend = Backends.open("cpu", OPTIONS)) {
      assertThat(backend.name()).isEqualTo("cpu");
      assertThat(backend.description()).contains("oneDNN", "1 threads");
      assertThat(backend.computeTypes()).contains(DType.F32, backend.preferredType());
    }
  }

  @Test
  void aWeightTakesItsBytesOnceAndGivesThemBack() {
    try (Backend backend = new NativeCpuBackend(OPTIONS)) {
      long before = backend.memory().allocatedBytes();
      WeightMatrix weight = backend.loadMatrix("w", DType.F32, zeros(128, 64));
      assertThat(weight.bytes()).isEqualTo(4 * 128 * 64);
      assertThat(backend.memory().allocatedBytes() - before).isEqualTo(weight.bytes());
      weight.close();
      weight.close();
      assertThat(backend.memory().allocatedBytes()).isEqualTo(before);
    }
  }

  @Test
  void aWeightThatHasNoRoomIsNamedAndLeavesNothing() {
    try (Backend backend = new NativeCpuBackend(OPTIONS)) {
      long before = backend.memory().allocatedBytes();
      assertThatThrownBy(() -> backend.loadMatrix("wide.weight", DType.F32, zeros(4096, 4096)))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("wide.weight");
      assertThat(backend.memory().allocatedBytes()).isEqualTo(before);
    }
  }

  @Test
  void whatWasNotGivenBackIsNamedAtTheEnd() {
    Backend backend = new NativeCpuBackend(OPTIONS);
    try (WeightMatrix weight = backend.loadMatrix("forgotten.weight", DType.F32, zeros(64, 64))) {
      assertThatThrownBy(backend::close).hasMessageContaining(weight.name());
    }
    backend.close();
  }

  @Test
  void aWeightOfAnotherBackendIsRefused() throws Exception {
    try (Backend other = new ScalarBackend(OPTIONS);
        Backend backend = new NativeCpuBackend(OPTIONS);
        WeightMatrix weight = other.loadMatrix("foreign", DType.F32, zeros(4, 4));
        DeviceBuffer rows = backend.memory().allocate("rows", 64)) {
      Tensor x = rows.tensor(DType.F32, 2, 4);
      assertThatThrownBy(() -> backend.ops().projectAdd(x, Projection.of(weight), x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("foreign");
    }
  }

  @Test
  void theTimeOfProductsIsKnownInsideAnOperation() throws Exception {
    try (TimedBackend backend = new TimedBackend(new NativeCpuBackend(OPTIONS));
        WeightMatrix gateUp = backend.loadMatrix("gateUp", DType.F32, zeros(256, 64));
        WeightMatrix down = backend.loadMatrix("down", DType.F32, zeros(64, 128));
        DeviceBuffer rows = backend.memory().allocate("rows", 2 * 300 * 64 * 4)) {
      Tensor x = rows.tensor(DType.F32, 600, 64);
      backend.ops().gatedFfn(x.firstRows(300), gateUp, down, x.slice(300, 300));
      OpsTimings timings = backend.timings();
      assertThat(timings.productNanos()).isPositive();
      assertThat(timings.productNanos()).isLessThan(timings.nanos(Operation.GATED_FFN));
      assertThat(timings.productGflops()).isPositive();
    }
  }

  private static MatrixSource zeros(int rows, int columns) {
    return MatrixSource.of(
        rows,
        columns,
        (row, into) -> {
          Arrays.fill(into, 0f);
        });
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.Fact;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaProviderTest {
  private static final String CUDA = "cuda";

  @BeforeEach
  void requireProvider() {
    assumeTrue(
        Backends.kinds().stream().anyMatch(kind -> kind.name().equals(CUDA)),
        "this build has no device 'cuda'");
  }

  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @Test
  void isTheBestThereIsWhereThereIsAGpu() {
    EmulatedGpu.require("devices=2");
    assertThat(Backends.best()).contains(CUDA);
    assertThat(Backends.deviceCount(Backends.AUTO)).isEqualTo(2);
    try (Backend backend = Backends.open(CUDA, new BackendOptions(Long.MAX_VALUE, 0, 1))) {
      assertThat(backend.name()).isEqualTo(CUDA);
      assertThat(backend.description()).startsWith("GPU 1 (Emulated GPU 1)");
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void saysWhyThereIsNoneAndLeavesTheRestToOthers() {
    EmulatedGpu.require("devices=0");
    assertThat(Backends.best()).isPresent().get().isNotEqualTo(CUDA);
    assertThat(Backends.deviceCount(CUDA)).isZero();
    assertThat(Backends.describe())
        .startsWith("cuda (unavailable: the NVIDIA driver shows no device");
    assertThatThrownBy(() -> Backends.open(CUDA, BackendOptions.defaults()))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageContaining("shows no device");
  }

  @Test
  void tellsWhatWasFoundOut() {
    EmulatedGpu.require("devices=2 driver=12040");
    CudaProvider provider = new CudaProvider();
    assertThat(provider.facts()).contains(new Fact("driver", "for CUDA 12.4"));
    assertThat(provider.facts(1)).contains(new Fact("device", "GPU 1 (Emulated GPU 1)"));
  }

  @ParameterizedTest
  @CsvSource({"cuCtxCreate, 1", "cuMemHostAlloc, 1", "cuMemHostAlloc, 2", "cuStreamCreate, 2"})
  void aBackendThatCannotBeOpenedSaysWhyAndLeavesNothing(String call, int nth) {
    EmulatedGpu.require("");
    EmulatedGpu.fail(call, nth, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    assertThatThrownBy(() -> Backends.open(CUDA, BackendOptions.defaults()))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageStartingWith(call);
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaProbeTest {
  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @Test
  void describesEveryDevice() {
    EmulatedGpu.require("devices=2 capability=8.0 memory=1000000 multiprocessors=108 driver=12040");
    CudaProbe probe = CudaProbe.run();
    assertThat(probe.unavailableReason()).isEmpty();
    assertThat(probe.devices())
        .containsExactly(
            new CudaDevice(0, "Emulated GPU 0", 8, 0, 108, 1_000_000, 163 * 1024, 12040),
            new CudaDevice(1, "Emulated GPU 1", 8, 0, 108, 1_000_000, 163 * 1024, 12040));
    assertThat(probe.devices().get(1).description())
        .isEqualTo(
            "GPU 1 (Emulated GPU 1), compute capability 8.0, 108 multiprocessors, 0 MiB, driver for"
                + " CUDA 12.4");
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          devices=0      | the NVIDIA driver shows no device
          driver=11080   | the NVIDIA driver is too old: it is for CUDA 11.8, and 12.0 is needed
          capability=7.5 | GPU 0 (Emulated GPU 0) has compute capability 7.5, and the kernels need 8.0
          """)
  void saysInOneSentenceWhyThereIsNone(String words, String reason) {
    EmulatedGpu.require(words);
    assertThat(CudaProbe.run().unavailableReason())
        .hasValueSatisfying(said -> assertThat(said).startsWith(reason).doesNotContain("\n"));
  }

  @Test
  void namesTheErrorOfADriverThatDoesNotStart() {
    EmulatedGpu.require("");
    EmulatedGpu.fail("cuInit", 1, CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
    assertThat(CudaProbe.run().unavailableReason())
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .contains("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)")
                    .contains("Restart the machine"));
    assertThat(CudaProbe.run().unavailableReason()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuDriverGetVersion",
        "cuDeviceGetCount",
        "cuDeviceGet",
        "cuDeviceGetName",
        "cuDeviceGetAttribute",
        "cuDeviceTotalMem"
      })
  void doesNotThrowWhateverTheDriverSays(String call) {
    EmulatedGpu.require("");
    EmulatedGpu.fail(call, 1, CUresult.CUDA_ERROR_UNKNOWN);
    CudaProbe probe = CudaProbe.run();
    assertThat(probe.devices()).isEmpty();
    assertThat(probe.unavailableReason())
        .hasValueSatisfying(said -> assertThat(said).contains("CUDA_ERROR_UNKNOWN (999)"));
  }
}

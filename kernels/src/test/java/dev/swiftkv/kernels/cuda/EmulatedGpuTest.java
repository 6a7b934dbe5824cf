package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

class EmulatedGpuTest {
  @Test
  void jcudaFindsItUnderTheDriversName() throws IOException {
    try (EmulatedContext context = new EmulatedContext("")) {
      List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
      assertThat(maps).anyMatch(line -> line.contains("libJCudaDriver"));
      assertThat(maps.stream().filter(line -> line.contains("libcuda.so")))
          .allMatch(line -> line.contains("swiftkv-native-"))
          .isNotEmpty();
    }
  }

  @Test
  void isTheMachineThatWasAskedFor() {
    try (EmulatedContext context = new EmulatedContext("devices=2 capability=8.0 memory=1000000")) {
      int[] count = new int[1];
      ok(JCudaDriver.cuDeviceGetCount(count));
      assertThat(count).containsExactly(2);
      CUdevice second = new CUdevice();
      ok(JCudaDriver.cuDeviceGet(second, 1));
      byte[] name = new byte[64];
      ok(JCudaDriver.cuDeviceGetName(name, name.length, second));
      assertThat(new String(name, StandardCharsets.US_ASCII)).startsWith("Emulated GPU 1");
      assertThat(attribute(75, second)).isEqualTo(8);
      assertThat(attribute(76, second)).isZero();
      assertThat(attribute(97, second)).isEqualTo(163 * 1024);
      long[] free = new long[1];
      long[] total = new long[1];
      ok(JCudaDriver.cuMemGetInfo(free, total));
      assertThat(total).containsExactly(1_000_000);
    }
  }

  @Test
  void canBeTakenOut() {
    new EmulatedContext("").close();
    EmulatedGpu.remove();
    assertThat(JCudaDriver.cuInit(0)).isEqualTo(CUresult.CUDA_ERROR_NO_DEVICE);
    new EmulatedContext("").close();
  }

  @Test
  void refusesWordsItDoesNotKnow() {
    EmulatedGpu.require();
    assertThatThrownBy(() -> EmulatedGpu.require("colour=blue"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("colour=blue");
    assertThatThrownBy(() -> EmulatedGpu.require("devices=two"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("devices=two");
  }

  @Test
  void hasEveryFunctionThatJcudaKnowsButNotAllOfThemWork() {
    try (EmulatedContext context = new EmulatedContext("")) {
      assertThat(CUresult.stringFor(JCudaDriver.cuProfilerStart()))
          .isEqualTo("CUDA_ERROR_NOT_SUPPORTED");
    }
  }

  @Test
  void failsTheCallThatATestChose() {
    try (EmulatedContext context = new EmulatedContext("")) {
      EmulatedGpu.fail("cuMemAlloc", 2, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
      context.allocate(16);
      assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 16))
          .isEqualTo(CUresult.CUDA_ERROR_OUT_OF_MEMORY);
      context.allocate(16);
      assertThat(EmulatedGpu.callCount("cuMemAlloc")).isEqualTo(3);
      EmulatedGpu.clearCounters();
      assertThat(EmulatedGpu.callCount("cuMemAlloc")).isZero();
    }
  }

  @Test
  void aStickyErrorStaysUntilTheContextIsGone() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(16);
      CUstream stream = context.stream();
      EmulatedGpu.fail("execution", 1, CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
      ok(JCudaDriver.cuMemsetD8Async(memory, (byte) 0, 16, stream));
      for (int i = 0; i < 2; i++) {
        assertThat(JCudaDriver.cuStreamSynchronize(stream))
            .isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
        assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
      }
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
    try (EmulatedContext context = new EmulatedContext("")) {
      EmulatedGpu.failForGood("cuMemGetInfo", 1, CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
      long[] sizes = new long[1];
      assertThat(JCudaDriver.cuMemGetInfo(sizes, sizes))
          .isEqualTo(CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
      assertThat(JCudaDriver.cuMemHostAlloc(new Pointer(), 16, 0))
          .isEqualTo(CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
    }
  }

  private static int attribute(int attribute, CUdevice device) {
    int[] value = new int[1];
    ok(JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }
}

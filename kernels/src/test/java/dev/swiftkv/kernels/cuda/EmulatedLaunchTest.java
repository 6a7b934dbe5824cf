package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmulatedLaunchTest {
  private static final String SCALE = "driver_check_scale";
  private static final int MAX_DYNAMIC_SHARED_BYTES = 8;

  @Test
  void argumentsAreCopiedWhenTheKernelIsLaunched() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr values = zeros(context, 4);
      CUfunction scale = context.function(SCALE);
      CUstream stream = context.stream();
      ByteBuffer argument = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
      argument.putLong(0, EmulatedContext.address(values)).putInt(8, 4).putFloat(12, 1);
      Pointer table = Pointer.to(Pointer.to(argument));
      ok(JCudaDriver.cuLaunchKernel(scale, 2, 1, 1, 128, 1, 1, 0, stream, table, null));
      argument.putInt(8, 0);
      ok(JCudaDriver.cuStreamSynchronize(stream));
      assertThat(context.read(values, 4)).containsOnly(256);
      assertThat(EmulatedGpu.callCount("kernel " + SCALE)).isEqualTo(1);
    }
  }

  @Test
  void argumentsMayComeInOneBuffer() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr values = zeros(context, 4);
      ByteBuffer argument = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
      argument.putLong(0, EmulatedContext.address(values)).putInt(8, 4).putFloat(12, 1);
      CUfunction scale = context.function(SCALE);
      assertThat(launchBuffer(scale, argument, 16)).isEqualTo(CUresult.CUDA_SUCCESS);
      assertThat(launchBuffer(scale, argument, 12)).isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
      assertThat(context.read(values, 4)).containsOnly(256);
    }
  }

  private static int launchBuffer(CUfunction function, ByteBuffer argument, long bytes) {
    Pointer extra =
        Pointer.to(
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_POINTER,
            Pointer.to(argument),
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_SIZE,
            Pointer.to(new long[] {bytes}),
            JCudaDriver.CU_LAUNCH_PARAM_END);
    return JCudaDriver.cuLaunchKernel(function, 2, 1, 1, 128, 1, 1, 0, null, null, extra);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 128, 0, CUDA_SUCCESS",
    "0, 1, 128, 0, CUDA_ERROR_INVALID_VALUE",
    "1, 65536, 128, 0, CUDA_ERROR_INVALID_VALUE",
    "1, 1, 129, 0, CUDA_ERROR_INVALID_VALUE",
    "1, 1, 0, 0, CUDA_ERROR_INVALID_VALUE",
    "1, 1, 128, 49152, CUDA_SUCCESS",
    "1, 1, 128, 49153, CUDA_ERROR_INVALID_VALUE",
  })
  void theGeometryIsChecked(int gridX, int gridY, int threads, int sharedBytes, String result) {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr values = zeros(context, 1);
      ByteBuffer argument = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
      argument.putLong(0, EmulatedContext.address(values)).putInt(8, 1).putFloat(12, 1);
      int got =
          JCudaDriver.cuLaunchKernel(
              context.function(SCALE),
              gridX,
              gridY,
              1,
              threads,
              1,
              1,
              sharedBytes,
              null,
              Pointer.to(Pointer.to(argument)),
              null);
      assertThat(CUresult.stringFor(got)).isEqualTo(result);
    }
  }

  @ParameterizedTest
  @CsvSource({"8.0, 166912", "9.0, 232448", "8.6, 101376"})
  void dynamicSharedMemoryIsOptedInto(String capability, int most) {
    try (EmulatedContext context = new EmulatedContext("capability=" + capability)) {
      CUfunction scale = context.function(SCALE);
      int[] value = new int[1];
      ok(JCudaDriver.cuFuncGetAttribute(value, MAX_DYNAMIC_SHARED_BYTES, scale));
      assertThat(value).containsExactly(49152);
      ok(JCudaDriver.cuFuncSetAttribute(scale, MAX_DYNAMIC_SHARED_BYTES, most));
      ok(JCudaDriver.cuFuncGetAttribute(value, MAX_DYNAMIC_SHARED_BYTES, scale));
      assertThat(value).containsExactly(most);
      assertThat(JCudaDriver.cuFuncSetAttribute(scale, MAX_DYNAMIC_SHARED_BYTES, most + 1))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
      int[] blocks = new int[1];
      ok(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, scale, 128, most));
      assertThat(blocks).containsExactly(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8.0, sm_80, 9.0, 12000, CUDA_SUCCESS",
    "8.0, sm_90, 9.0, 12000, CUDA_SUCCESS",
    "8.0, sm_90a, 9.0, 12000, CUDA_SUCCESS",
    "8.0, sm_90a, 10.0, 13000, CUDA_ERROR_INVALID_PTX",
    "8.0, sm_90, 8.0, 12000, CUDA_ERROR_INVALID_PTX",
    "9.0, sm_80, 8.0, 12080, CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
    "9.0, sm_80, 8.0, 13000, CUDA_SUCCESS",
  })
  void ptxIsTakenAsADriverWouldTakeIt(
      String version, String target, String capability, int driver, String result) {
    String words = "capability=" + capability + " driver=" + driver;
    try (EmulatedContext context = new EmulatedContext(words)) {
      String ptx =
          EmulatedContext.PTX
              .replace(".version 8.0", ".version " + version)
              .replace("sm_80", target);
      assertThat(CUresult.stringFor(load(ptx + "\0"))).isEqualTo(result);
    }
  }

  @Test
  void whatIsNoImageIsRefused() {
    try (EmulatedContext context = new EmulatedContext("")) {
      String text = "int main() { return 0; } // and more, so that there are enough bytes\0";
      assertThat(load(text)).isEqualTo(CUresult.CUDA_ERROR_INVALID_IMAGE);
      assertThat(load("\u007fELF" + "\0".repeat(60))).isEqualTo(CUresult.CUDA_ERROR_INVALID_IMAGE);
    }
  }

  @Test
  void aFunctionMustBeInTheImageAndEmulated() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUmodule module = new CUmodule();
      String ptx = EmulatedContext.PTX + EmulatedContext.PTX.replace(SCALE, "nobody_emulates");
      ok(JCudaDriver.cuModuleLoadData(module, (ptx + "\0").getBytes(StandardCharsets.US_ASCII)));
      CUfunction function = new CUfunction();
      ok(JCudaDriver.cuModuleGetFunction(function, module, SCALE));
      for (String name : new String[] {"driver_check", "nobody_emulates"}) {
        assertThat(JCudaDriver.cuModuleGetFunction(function, module, name))
            .isEqualTo(CUresult.CUDA_ERROR_NOT_FOUND);
      }
      ok(JCudaDriver.cuModuleUnload(module));
      assertThat(JCudaDriver.cuModuleGetFunction(function, module, SCALE))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_HANDLE);
    }
  }

  @Test
  void aFunctionThatIsGoneCannotBeLaunched() {
    CUfunction scale;
    try (EmulatedContext context = new EmulatedContext("")) {
      scale = context.function(SCALE);
    }
    try (EmulatedContext context = new EmulatedContext("")) {
      assertThat(context.launchScale(scale, zeros(context, 1), 1, 1, null))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_HANDLE);
    }
  }

  private static int load(String image) {
    byte[] bytes = image.getBytes(StandardCharsets.US_ASCII);
    return JCudaDriver.cuModuleLoadData(new CUmodule(), bytes);
  }

  private static CUdeviceptr zeros(EmulatedContext context, int count) {
    CUdeviceptr memory = context.allocate(4L * count);
    ok(JCudaDriver.cuMemsetD32(memory, 0, count));
    ok(JCudaDriver.cuCtxSynchronize());
    return memory;
  }
}

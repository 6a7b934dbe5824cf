package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A kernel of the product, from the image in the jar to its result, through JCuda. */
class EmulatedKernelTest {
  private static final int ROWS = 3;
  private static final int COLUMNS = 100;
  private static final float EPSILON = 1e-5f;

  @ParameterizedTest
  @ValueSource(strings = {"capability=8.0", "capability=9.0 seed=7 threads=2"})
  void normalisesRows(String words) {
    try (EmulatedContext context = new EmulatedContext(words)) {
      float[] x = new float[ROWS * COLUMNS];
      float[] weight = new float[COLUMNS];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) Math.sin(i);
        weight[i % COLUMNS] = 1 + i % 3;
      }
      CUdeviceptr onDevice = upload(context, x);
      CUdeviceptr out = context.allocate(4L * x.length);
      ByteBuffer arguments = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder());
      arguments.putLong(EmulatedContext.address(onDevice));
      arguments.putLong(EmulatedContext.address(upload(context, weight)));
      arguments.putLong(EmulatedContext.address(out));
      arguments.putInt(ROWS).putInt(COLUMNS).putFloat(EPSILON);
      Pointer table = Pointer.to(Pointer.to(arguments.rewind()));
      CUfunction kernel = function("rms_norm", "rms_norm_f32");
      ok(JCudaDriver.cuLaunchKernel(kernel, ROWS, 1, 1, 256, 1, 1, 0, null, table, null));

      float[] result = context.read(out, x.length);
      for (int i = 0; i < x.length; i++) {
        double expected = x[i] * scale(x, i / COLUMNS) * weight[i % COLUMNS];
        assertThat((double) result[i]).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aStrayWriteIsAnErrorOnEveryThreadOfTheEmulator(int threads) {
    try (EmulatedContext context = new EmulatedContext("threads=" + threads)) {
      CUdeviceptr x = upload(context, new float[64 * 256]);
      CUdeviceptr tooSmall = context.allocate(4 * 256);
      CUfunction kernel = function("rms_norm", "rms_norm_f32");
      ByteBuffer arguments = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder());
      arguments.putLong(EmulatedContext.address(x)).putLong(EmulatedContext.address(x));
      arguments.putLong(EmulatedContext.address(tooSmall)).putInt(64).putInt(256).putFloat(EPSILON);
      Pointer table = Pointer.to(Pointer.to(arguments.rewind()));
      ok(JCudaDriver.cuLaunchKernel(kernel, 64, 1, 1, 256, 1, 1, 0, null, table, null));
      assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    }
  }

  /** The kernel finds less shared memory than it uses: the emulator gives up on it. */
  @Test
  void whatTheEmulatorRefusesIsAFailedLaunch() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr tile = context.allocate(16384);
      CUfunction kernel = function("gemm_mma", "gemm_mma_store");
      ByteBuffer arguments = ByteBuffer.allocateDirect(104).order(ByteOrder.nativeOrder());
      arguments.putLong(EmulatedContext.address(tile)).putLong(EmulatedContext.address(tile));
      arguments.putLong(0).putLong(EmulatedContext.address(tile)).putInt(1).putInt(1).putInt(64);
      Pointer table = Pointer.to(Pointer.to(arguments.rewind()));
      ok(JCudaDriver.cuLaunchKernel(kernel, 1, 1, 1, 128, 1, 1, 0, null, table, null));
      assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    }
  }

  private static double scale(float[] x, int row) {
    double sum = 0;
    for (int column = 0; column < COLUMNS; column++) {
      double value = x[row * COLUMNS + column];
      sum += value * value;
    }
    return 1 / Math.sqrt(sum / COLUMNS + EPSILON);
  }

  private static CUdeviceptr upload(EmulatedContext context, float[] values) {
    CUdeviceptr memory = context.allocate(4L * values.length);
    ok(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(values), 4L * values.length));
    return memory;
  }

  /** From the first image that the driver takes. */
  private static CUfunction function(String moduleName, String kernelName) {
    KernelImages.KernelModule packed =
        KernelImages.forCapability(8, 0).stream()
            .filter(each -> each.name().equals(moduleName))
            .findFirst()
            .orElseThrow();
    CUmodule module = new CUmodule();
    assertThat(packed.images())
        .anyMatch(
            image -> JCudaDriver.cuModuleLoadData(module, image.bytes()) == CUresult.CUDA_SUCCESS);
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, kernelName));
    return function;
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A context on the emulated GPU, and the calls that tests of the driver make most, checked. */
final class EmulatedContext implements AutoCloseable {
  /** PTX that declares {@code driver_check_scale}; what it does is in the emulator. */
  static final String PTX =
      """
      .version 8.0
      .target sm_80
      .address_size 64
      .visible .entry driver_check_scale(
        .param .align 8 .b8 driver_check_scale_param_0[16]
      )
      .maxntid 128, 1, 1
      {
        ret;
      }
      """;

  private final CUcontext context = new CUcontext();

  /** Starts the machine anew and opens a context on its first device. */
  EmulatedContext(String words) {
    EmulatedGpu.require(words);
    assertThat(CudaNatives.unavailableReason()).isEmpty();
    ok(JCudaDriver.cuInit(0));
    CUdevice device = new CUdevice();
    ok(JCudaDriver.cuDeviceGet(device, 0));
    ok(JCudaDriver.cuCtxCreate(context, 0, device));
  }

  static void ok(int result) {
    assertThat(CUresult.stringFor(result)).isEqualTo("CUDA_SUCCESS");
  }

  CUdeviceptr allocate(long bytes) {
    CUdeviceptr memory = new CUdeviceptr();
    ok(JCudaDriver.cuMemAlloc(memory, bytes));
    return memory;
  }

  Pointer allocatePinned(long bytes) {
    Pointer memory = new Pointer();
    ok(JCudaDriver.cuMemHostAlloc(memory, bytes, 0));
    return memory;
  }

  static ByteBuffer view(Pointer pinned, long bytes) {
    return pinned.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
  }

  CUstream stream() {
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, 1));
    return stream;
  }

  CUevent event() {
    CUevent event = new CUevent();
    ok(JCudaDriver.cuEventCreate(event, 0));
    return event;
  }

  CUfunction function(String name) {
    CUmodule module = new CUmodule();
    byte[] image = (PTX + "\0").getBytes(StandardCharsets.US_ASCII);
    ok(JCudaDriver.cuModuleLoadData(module, image));
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, name));
    return function;
  }

  /** Launches {@code values[i] = values[i] * factor + 256} over the first 256 values. */
  int launchScale(CUfunction scale, CUdeviceptr values, int count, float factor, CUstream stream) {
    ByteBuffer argument = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    argument.putLong(0, address(values)).putInt(8, count).putFloat(12, factor);
    Pointer table = Pointer.to(Pointer.to(argument));
    return JCudaDriver.cuLaunchKernel(scale, 2, 1, 1, 128, 1, 1, 0, stream, table, null);
  }

  float[] read(CUdeviceptr values, int count) {
    float[] host = new float[count];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(host), values, 4L * count));
    return host;
  }

  static long address(CUdeviceptr memory) {
    return DevicePointer.addressOf(memory);
  }

  @Override
  public void close() {
    ok(JCudaDriver.cuCtxDestroy(context));
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.HostMemory;
import jcuda.driver.CUcontext;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaContextTest {
  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @Test
  void runsAKernelFromTheJar() {
    EmulatedGpu.require("");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        CudaStream stream = context.newStream();
        RowNorm norm = new RowNorm(context, 3, 64)) {
      norm.launch(stream);
      stream.synchronize();
      norm.check();
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void serveTwoDevicesFromOneThreadAndOneDeviceFromManyThreads() throws InterruptedException {
    EmulatedGpu.require("devices=2");
    try (CudaContext first = CudaContext.open(0, Long.MAX_VALUE);
        CudaContext second = CudaContext.open(1, Long.MAX_VALUE);
        CudaStream firstStream = first.newStream();
        CudaStream secondStream = second.newStream();
        RowNorm onFirst = new RowNorm(first, 2, 32);
        RowNorm onSecond = new RowNorm(second, 5, 32)) {
      onFirst.launch(firstStream);
      onSecond.launch(secondStream);
      Thread other = new Thread(firstStream::synchronize);
      other.start();
      other.join();
      secondStream.synchronize();
      onFirst.check();
      onSecond.check();
      assertThat(second.device().label()).isEqualTo("GPU 1 (Emulated GPU 1)");
      assertThat(EmulatedGpu.usedBytes(1)).isEqualTo(second.memory().allocatedBytes()).isPositive();
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void openingLeavesTheThreadItsCurrentContext() {
    try (EmulatedContext others = new EmulatedContext("")) {
      CUcontext before = current();
      CudaContext.open(0, Long.MAX_VALUE).close();
      assertThat(current()).isEqualTo(before);
    }
  }

  @Test
  void refusesDevicesThatAreNotThereOrTooOld() {
    EmulatedGpu.require("devices=2 capability=7.5");
    assertThatThrownBy(() -> CudaContext.open(0, Long.MAX_VALUE))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageContaining("GPU 0 (Emulated GPU 0) has compute capability 7.5")
        .hasMessageContaining("8.0");
    EmulatedGpu.require("devices=2");
    assertThatThrownBy(() -> CudaContext.open(2, Long.MAX_VALUE))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageContaining("no GPU 2")
        .hasMessageContaining("shows 2");
  }

  @Test
  void namesWhatWasNotGivenBack() {
    EmulatedGpu.require("");
    CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
    context.memory().allocate("first", 100);
    DeviceBuffer second = context.memory().allocate("second", 200);
    context.memory().allocate("first", 11);
    second.close();
    assertThatThrownBy(context::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("111 bytes")
        .hasMessageContaining("{first=111}");
    assertThat(EmulatedGpu.leftovers()).isEmpty();
    context.close();
    second.close();
    assertThatThrownBy(context::newStream)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
  }

  @Test
  void aFailureWhileOpeningLeavesNothingBehind() {
    for (String call :
        new String[] {
          "cuDeviceGet", "cuCtxCreate", "cuCtxPopCurrent", "cuStreamCreate", "cuCtxSetCurrent"
        }) {
      EmulatedGpu.require("");
      EmulatedGpu.fail(call, call.equals("cuDeviceGet") ? 2 : 1, CUresult.CUDA_ERROR_NOT_SUPPORTED);
      assertThatThrownBy(() -> CudaContext.open(0, Long.MAX_VALUE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(call + "(")
          .hasMessageContaining("on GPU 0 (Emulated GPU 0) failed with")
          .hasMessageContaining("CUDA_ERROR_NOT_SUPPORTED (801), operation not supported");
      assertThat(EmulatedGpu.leftovers()).isEmpty();
    }
    EmulatedGpu.require("");
    EmulatedGpu.fail("cuCtxCreate", 1, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    assertThatThrownBy(() -> CudaContext.open(0, Long.MAX_VALUE))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageContaining("end other processes on the device");
  }

  @Test
  void anErrorOfTheDeviceEndsTheContextAndNotTheMachine() {
    EmulatedGpu.require("");
    CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
    CudaStream stream = context.newStream();
    CudaEvent event = context.newEvent();
    PinnedMemory pinned = context.pinned(16);
    DeviceBuffer buffer = context.memory().allocate("buffer", 16);
    EmulatedGpu.fail("execution", 1, CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    stream.fill(buffer.address(), (byte) 1, 16);
    assertThatThrownBy(stream::synchronize)
        .isInstanceOf(DeviceFailedException.class)
        .hasMessageContaining("cuStreamSynchronize() on GPU 0 (Emulated GPU 0) failed with")
        .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)")
        .hasMessageContaining("CUDA_LAUNCH_BLOCKING");
    EmulatedGpu.clearCounters();
    assertThatThrownBy(() -> context.memory().allocate("more", 1))
        .isInstanceOf(DeviceFailedException.class)
        .hasMessageContaining("cuStreamSynchronize() on GPU 0");
    assertThatThrownBy(event::synchronize).isInstanceOf(DeviceFailedException.class);
    assertThatThrownBy(context::newStream).isInstanceOf(DeviceFailedException.class);
    assertThat(EmulatedGpu.callCount("cuMemAlloc")).isZero();
    buffer.close();
    pinned.close();
    event.close();
    stream.close();
    context.close();
    assertThat(EmulatedGpu.leftovers()).isEmpty();
    CudaContext.open(0, Long.MAX_VALUE).close();
  }

  @Test
  void aReleaseThatFailsIsRememberedAndNotThrown() {
    EmulatedGpu.require("");
    CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
    DeviceBuffer buffer = context.memory().allocate("buffer", 16);
    EmulatedGpu.failForGood("cuMemFree", 1, CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
    buffer.close();
    assertThatThrownBy(context::newStream)
        .isInstanceOf(DeviceFailedException.class)
        .hasMessageContaining("cuMemFree()")
        .hasMessageContaining("Xid");
    context.close();
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void pinnedMemoryIsTheHosts() {
    EmulatedGpu.require("");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        PinnedMemory memory = context.pinned(100)) {
      assertThat(memory.address() % 64).isZero();
      HostMemory.putInt(memory.address() + 96, 17);
      assertThat(HostMemory.getInt(memory.address() + 96)).isEqualTo(17);
      EmulatedGpu.fail("cuMemHostAlloc", 1, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
      assertThatThrownBy(() -> context.pinned(1000))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("cuMemHostAlloc(bytes = 1000)");
    }
  }

  private static CUcontext current() {
    CUcontext context = new CUcontext();
    EmulatedContext.ok(JCudaDriver.cuCtxGetCurrent(context));
    return context;
  }
}

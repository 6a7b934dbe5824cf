package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static dev.swiftkv.kernels.cuda.EmulatedContext.view;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

class EmulatedMemoryTest {
  @Test
  void freshMemoryIsNotANumber() {
    try (EmulatedContext context = new EmulatedContext("")) {
      assertThat(context.read(context.allocate(12), 3)).containsOnly(Float.NaN);
    }
  }

  @Test
  void isLimitedAndAccounted() {
    try (EmulatedContext context = new EmulatedContext("memory=1000")) {
      CUdeviceptr memory = context.allocate(600);
      assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 401))
          .isEqualTo(CUresult.CUDA_ERROR_OUT_OF_MEMORY);
      context.allocate(400);
      assertThat(EmulatedGpu.usedBytes(0)).isEqualTo(1000);
      ok(JCudaDriver.cuMemFree(memory));
      assertThat(EmulatedGpu.usedBytes(0)).isEqualTo(400);
      assertThat(EmulatedGpu.peakBytes(0)).isEqualTo(1000);
      assertThat(JCudaDriver.cuMemAlloc(memory, 0)).isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
    }
  }

  @Test
  void aSecondFreeIsRefused() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(16);
      ok(JCudaDriver.cuMemFree(memory));
      assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
      CUstream stream = context.stream();
      CUdeviceptr inStream = new CUdeviceptr();
      ok(JCudaDriver.cuMemAllocAsync(inStream, 16, stream));
      ok(JCudaDriver.cuMemFreeAsync(inStream, stream));
      assertThat(JCudaDriver.cuMemFreeAsync(inStream, stream))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
    }
  }

  @Test
  void useAfterFreeAndCopiesPastTheEndAreRefused() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(16);
      byte[] bytes = new byte[17];
      assertThat(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(bytes), 17))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
      assertThat(JCudaDriver.cuMemsetD32(memory, 0, 5))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
      ok(JCudaDriver.cuMemFree(memory));
      assertThat(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(bytes), 16))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_VALUE);
    }
  }

  @Test
  void bytesWrittenBehindAnAllocationAreNoticed() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(10);
      ok(JCudaDriver.cuMemsetD8(memory, (byte) 0, 10));
      ok(JCudaDriver.cuCtxSynchronize());
      // Fourteen floats of a kernel that believes the allocation larger.
      CUfunction scale = context.function("driver_check_scale");
      ok(context.launchScale(scale, memory, 14, 1, null));
      assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    }
  }

  @Test
  void aKernelThatLeavesItsMemoryEndsTheContextNotTheProcess() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(256);
      CUfunction scale = context.function("driver_check_scale");
      ok(context.launchScale(scale, memory, 64, 1, null));
      ok(JCudaDriver.cuCtxSynchronize());
      ok(context.launchScale(scale, memory, 65, 1, null));
      assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
      assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    }
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(256);
      CUfunction scale = context.function("driver_check_scale");
      CUstream stream = context.stream();
      ok(context.launchScale(scale, memory, 64, 1, stream));
      ok(JCudaDriver.cuMemFreeAsync(memory, stream));
      ok(context.launchScale(scale, memory, 1, 1, stream));
      assertThat(JCudaDriver.cuStreamSynchronize(stream))
          .isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    }
  }

  @Test
  void copiesFillsAndReadsBack() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr first = context.allocate(16);
      CUdeviceptr second = context.allocate(16);
      float[] values = {1, 2, 3, 4};
      ok(JCudaDriver.cuMemcpyHtoD(first, Pointer.to(values), 16));
      ok(JCudaDriver.cuMemcpyDtoD(second, first, 16));
      ok(JCudaDriver.cuMemsetD32(second.withByteOffset(4), Float.floatToRawIntBits(7), 2));
      assertThat(context.read(second, 4)).containsExactly(1, 7, 7, 4);
    }
  }

  @Test
  void pinnedMemoryIsReadWhenTheCopyRunsAndPageableMemoryAtOnce() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(16);
      CUstream stream = context.stream();
      Pointer pinned = context.allocatePinned(8);
      ByteBuffer pinnedView = view(pinned, 8);
      ByteBuffer pageable = ByteBuffer.allocateDirect(8).order(pinnedView.order());
      pinnedView.putFloat(0, 1);
      pageable.putFloat(0, 1);
      ok(JCudaDriver.cuMemcpyHtoDAsync(memory, pinned, 4, stream));
      ok(JCudaDriver.cuMemcpyHtoDAsync(memory.withByteOffset(4), Pointer.to(pageable), 4, stream));
      pinnedView.putFloat(0, 2);
      pageable.putFloat(0, 2);
      ok(JCudaDriver.cuStreamSynchronize(stream));
      assertThat(context.read(memory, 2)).containsExactly(2, 1);
    }
  }

  @Test
  void resultsAreInPinnedMemoryNoEarlierThanTheStreamWasWaitedFor() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(4);
      CUstream stream = context.stream();
      ByteBuffer result = view(context.allocatePinned(4), 4);
      Pointer pinned = Pointer.to(result);
      result.putInt(0, 5);
      ok(JCudaDriver.cuMemsetD32Async(memory, 9, 1, stream));
      ok(JCudaDriver.cuMemcpyDtoHAsync(pinned, memory, 4, stream));
      assertThat(result.getInt(0)).isEqualTo(5);
      ok(JCudaDriver.cuStreamSynchronize(stream));
      assertThat(result.getInt(0)).isEqualTo(9);
    }
  }
}

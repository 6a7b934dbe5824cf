package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static dev.swiftkv.kernels.cuda.EmulatedContext.view;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

class EmulatedStreamTest {
  private static final int READY = CUresult.CUDA_SUCCESS;
  private static final int NOT_READY = CUresult.CUDA_ERROR_NOT_READY;

  @Test
  void queriesMakeProgress() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(4);
      CUstream stream = context.stream();
      CUevent event = context.event();
      assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(READY);
      assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(READY);
      ok(JCudaDriver.cuMemsetD32Async(memory, 1, 1, stream));
      ok(JCudaDriver.cuEventRecord(event, stream));
      ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, stream));
      assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(NOT_READY);
      assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(NOT_READY);
      assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(READY);
      assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(NOT_READY);
      assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(READY);
      assertThat(EmulatedGpu.callCount("execution")).isEqualTo(3);
    }
  }

  @Test
  void aStreamThatDoesNotWaitForAnotherSeesOldData() {
    try (EmulatedContext context = new EmulatedContext("")) {
      ByteBuffer result = view(context.allocatePinned(8), 8);
      CUdeviceptr memory = context.allocate(4);
      ok(JCudaDriver.cuMemsetD32(memory, 1, 1));
      ok(JCudaDriver.cuCtxSynchronize());
      CUstream producer = context.stream();
      CUstream consumer = context.stream();
      CUevent produced = context.event();
      ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, producer));
      ok(JCudaDriver.cuEventRecord(produced, producer));
      ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(result), memory, 4, consumer));
      ok(JCudaDriver.cuStreamSynchronize(consumer));
      assertThat(result.getInt(0)).isEqualTo(1);
      ok(JCudaDriver.cuStreamWaitEvent(consumer, produced, 0));
      ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(result), memory, 4, consumer));
      ok(JCudaDriver.cuStreamSynchronize(consumer));
      assertThat(result.getInt(0)).isEqualTo(2);
    }
  }

  @Test
  void aSynchronousCopyWaitsForBlockingStreamsOnly() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(8);
      ok(JCudaDriver.cuMemsetD32(memory, 0, 2));
      CUstream blocking = new CUstream();
      ok(JCudaDriver.cuStreamCreate(blocking, 0));
      CUstream other = context.stream();
      ok(JCudaDriver.cuCtxSynchronize());
      ok(JCudaDriver.cuMemsetD32Async(memory, 5, 1, blocking));
      ok(JCudaDriver.cuMemsetD32Async(memory.withByteOffset(4), 5, 1, other));
      int[] values = new int[2];
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), memory, 8));
      assertThat(values).containsExactly(5, 0);
    }
  }

  @Test
  void anEarlyOrderRunsWorkAtOnce() {
    try (EmulatedContext context = new EmulatedContext("order=early")) {
      ok(JCudaDriver.cuMemsetD32Async(context.allocate(4), 5, 1, context.stream()));
      assertThat(EmulatedGpu.callCount("execution")).isEqualTo(1);
    }
  }

  @Test
  void workOfADestroyedStreamStillRuns() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(4);
      CUstream stream = context.stream();
      ok(JCudaDriver.cuMemsetD32Async(memory, 7, 1, stream));
      ok(JCudaDriver.cuStreamDestroy(stream));
      assertThat(JCudaDriver.cuStreamSynchronize(stream))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_HANDLE);
      ok(JCudaDriver.cuCtxSynchronize());
      int[] value = new int[1];
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(value), memory, 4));
      assertThat(value).containsExactly(7);
    }
  }

  @Test
  void hostFunctionsRunInOrderAndMayNotCallTheDriver() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream stream = context.stream();
      List<Object> said = Collections.synchronizedList(new ArrayList<>());
      for (Object word : List.of("one", "two")) {
        ok(JCudaDriver.cuLaunchHostFunc(stream, said::add, word));
      }
      long[] sizes = new long[1];
      List<Integer> results = Collections.synchronizedList(new ArrayList<>());
      ok(
          JCudaDriver.cuLaunchHostFunc(
              stream, data -> results.add(JCudaDriver.cuMemGetInfo(sizes, sizes)), null));
      assertThat(said).isEmpty();
      ok(JCudaDriver.cuStreamSynchronize(stream));
      assertThat(said).containsExactly("one", "two");
      assertThat(results).containsExactly(CUresult.CUDA_ERROR_NOT_PERMITTED);
    }
  }

  @Test
  void eventsMeasureTimeOnceBothHavePassed() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream stream = context.stream();
      CUevent start = context.event();
      CUevent end = context.event();
      float[] milliseconds = new float[1];
      assertThat(JCudaDriver.cuEventElapsedTime(milliseconds, start, end))
          .isEqualTo(CUresult.CUDA_ERROR_INVALID_HANDLE);
      ok(JCudaDriver.cuEventRecord(start, stream));
      ok(JCudaDriver.cuEventRecord(end, stream));
      assertThat(JCudaDriver.cuEventElapsedTime(milliseconds, start, end)).isEqualTo(NOT_READY);
      ok(JCudaDriver.cuEventSynchronize(end));
      ok(JCudaDriver.cuEventElapsedTime(milliseconds, start, end));
      assertThat(milliseconds[0]).isBetween(0f, 1000f);
    }
  }

  @Test
  void threadsShareTheDevice() throws InterruptedException {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr memory = context.allocate(4L * 8);
      CUcontext current = new CUcontext();
      ok(JCudaDriver.cuCtxGetCurrent(current));
      List<Throwable> problems = Collections.synchronizedList(new ArrayList<>());
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        CUdeviceptr mine = memory.withByteOffset(4L * i);
        Thread thread =
            new Thread(
                () -> {
                  ok(JCudaDriver.cuCtxSetCurrent(current));
                  CUstream stream = context.stream();
                  for (int round = 1; round <= 50; round++) {
                    ok(JCudaDriver.cuMemsetD32Async(mine, round, 1, stream));
                    ok(JCudaDriver.cuStreamSynchronize(stream));
                  }
                });
        thread.setUncaughtExceptionHandler((t, problem) -> problems.add(problem));
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(problems).isEmpty();
      int[] values = new int[8];
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), memory, 32));
      assertThat(values).containsOnly(50);
    }
  }
}

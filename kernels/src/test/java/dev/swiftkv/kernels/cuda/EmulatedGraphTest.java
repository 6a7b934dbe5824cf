package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static dev.swiftkv.kernels.cuda.EmulatedContext.view;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUgraphNode;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmulatedGraphTest {
  private static final int GLOBAL = 0;
  private static final int RELAXED = 2;

  @ParameterizedTest
  @ValueSource(strings = {"", "seed=3", "order=early", "order=shuffled seed=1"})
  void replaysCopiesFillsAndKernels(String words) {
    try (EmulatedContext context = new EmulatedContext(words)) {
      CUstream stream = context.stream();
      CUdeviceptr values = context.allocate(16);
      ByteBuffer staging = view(context.allocatePinned(16), 16);
      CUfunction scale = context.function("driver_check_scale");

      ok(JCudaDriver.cuStreamBeginCapture(stream, GLOBAL));
      ok(JCudaDriver.cuMemsetD32Async(values, 0, 4, stream));
      ok(JCudaDriver.cuMemcpyHtoDAsync(values, Pointer.to(staging), 8, stream));
      ok(context.launchScale(scale, values, 4, 10, stream));
      CUgraphExec exec = instantiate(end(stream), 3);
      assertThat(EmulatedGpu.callCount("execution")).isZero();

      for (float first : new float[] {1, 2}) {
        staging.putFloat(0, first).putFloat(4, 5);
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(context.read(values, 4)).containsExactly(256 + 10 * first, 306, 256, 256);
      }
      ok(JCudaDriver.cuGraphExecDestroy(exec));
    }
  }

  @Test
  void otherStreamsJoinThroughEvents() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream origin = context.stream();
      CUstream branch = context.stream();
      CUevent fork = context.event();
      CUevent join = context.event();
      CUdeviceptr values = context.allocate(8);

      ok(JCudaDriver.cuStreamBeginCapture(origin, GLOBAL));
      ok(JCudaDriver.cuMemsetD32Async(values, 1, 2, origin));
      ok(JCudaDriver.cuEventRecord(fork, origin));
      ok(JCudaDriver.cuStreamWaitEvent(branch, fork, 0));
      ok(JCudaDriver.cuMemsetD32Async(values, 2, 1, branch));
      ok(JCudaDriver.cuEventRecord(join, branch));
      ok(JCudaDriver.cuStreamWaitEvent(origin, join, 0));
      CUgraphExec exec = instantiate(end(origin), 2);
      ok(JCudaDriver.cuGraphLaunch(exec, branch));
      ok(JCudaDriver.cuStreamSynchronize(branch));
      int[] result = new int[2];
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(result), values, 8));
      assertThat(result).containsExactly(2, 1);
    }
  }

  @Test
  void aBranchThatDoesNotComeBackSpoilsTheCapture() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream origin = context.stream();
      CUstream branch = context.stream();
      CUevent fork = context.event();
      CUdeviceptr values = context.allocate(8);
      ok(JCudaDriver.cuStreamBeginCapture(origin, GLOBAL));
      ok(JCudaDriver.cuEventRecord(fork, origin));
      ok(JCudaDriver.cuStreamWaitEvent(branch, fork, 0));
      ok(JCudaDriver.cuMemsetD32Async(values, 2, 1, branch));
      assertThat(JCudaDriver.cuStreamEndCapture(branch, new CUgraph()))
          .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
      assertThat(JCudaDriver.cuStreamEndCapture(origin, new CUgraph()))
          .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

      ok(JCudaDriver.cuStreamBeginCapture(origin, GLOBAL));
      ok(JCudaDriver.cuEventRecord(fork, origin));
      ok(JCudaDriver.cuStreamWaitEvent(branch, fork, 0));
      ok(JCudaDriver.cuMemsetD32Async(values, 2, 1, branch));
      assertThat(JCudaDriver.cuStreamEndCapture(origin, new CUgraph()))
          .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
      ok(JCudaDriver.cuStreamSynchronize(branch));
    }
  }

  @Test
  void callsThatWouldWaitSpoilTheCapture() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream stream = context.stream();
      CUdeviceptr values = context.allocate(8);
      CUevent event = context.event();
      Stream.<IntSupplier>of(
              () -> JCudaDriver.cuStreamSynchronize(stream),
              () -> JCudaDriver.cuStreamQuery(stream),
              JCudaDriver::cuCtxSynchronize,
              () -> JCudaDriver.cuMemAlloc(new CUdeviceptr(), 16),
              () -> JCudaDriver.cuMemFree(values),
              () -> JCudaDriver.cuMemHostAlloc(new Pointer(), 16, 0),
              () -> JCudaDriver.cuMemcpyHtoD(values, Pointer.to(new int[1]), 4),
              () -> JCudaDriver.cuMemcpyHtoDAsync(values, Pointer.to(new int[1]), 4, stream))
          .forEach(
              call -> {
                ok(JCudaDriver.cuStreamBeginCapture(stream, GLOBAL));
                assertThat(call.getAsInt())
                    .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
                assertThat(JCudaDriver.cuMemsetD32Async(values, 0, 1, stream))
                    .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
                assertThat(JCudaDriver.cuStreamEndCapture(stream, new CUgraph()))
                    .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
              });
      ok(JCudaDriver.cuStreamBeginCapture(stream, GLOBAL));
      ok(JCudaDriver.cuEventRecord(event, stream));
      assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(CUresult.CUDA_ERROR_CAPTURED_EVENT);
    }
  }

  @Test
  void theDefaultStreamMayNotBeUsedWhileABlockingStreamIsCaptured() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUdeviceptr values = context.allocate(8);
      CUstream blocking = new CUstream();
      ok(JCudaDriver.cuStreamCreate(blocking, 0));
      assertThat(JCudaDriver.cuStreamBeginCapture(JCudaDriver.CU_STREAM_LEGACY, GLOBAL))
          .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
      ok(JCudaDriver.cuStreamBeginCapture(blocking, RELAXED));
      assertThat(JCudaDriver.cuMemsetD32Async(values, 0, 1, null))
          .isEqualTo(CUresult.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    }
  }

  @Test
  void aRelaxedCaptureLetsOthersAllocate() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream stream = context.stream();
      int[] mode = {RELAXED};
      ok(JCudaDriver.cuStreamBeginCapture(stream, RELAXED));
      ok(JCudaDriver.cuThreadExchangeStreamCaptureMode(mode));
      context.allocate(16);
      ok(JCudaDriver.cuThreadExchangeStreamCaptureMode(mode));
      assertThat(mode).containsExactly(RELAXED);
      instantiate(end(stream), 0);
    }
  }

  @Test
  void aGraphThatNamesFreedMemoryFails() {
    try (EmulatedContext context = new EmulatedContext("")) {
      CUstream stream = context.stream();
      CUdeviceptr values = context.allocate(8);
      ok(JCudaDriver.cuStreamBeginCapture(stream, GLOBAL));
      ok(JCudaDriver.cuMemsetD32Async(values, 0, 1, stream));
      CUgraphExec exec = instantiate(end(stream), 1);
      ok(JCudaDriver.cuMemFree(values));
      ok(JCudaDriver.cuGraphLaunch(exec, stream));
      assertThat(JCudaDriver.cuStreamSynchronize(stream))
          .isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    }
  }

  private static CUgraph end(CUstream stream) {
    CUgraph graph = new CUgraph();
    ok(JCudaDriver.cuStreamEndCapture(stream, graph));
    return graph;
  }

  /** Makes a graph executable and destroys it. */
  private static CUgraphExec instantiate(CUgraph graph, int nodes) {
    long[] count = new long[1];
    ok(JCudaDriver.cuGraphGetNodes(graph, (CUgraphNode[]) null, count));
    assertThat(count).containsExactly(nodes);
    CUgraphExec exec = new CUgraphExec();
    ok(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
    ok(JCudaDriver.cuGraphDestroy(graph));
    return exec;
  }
}

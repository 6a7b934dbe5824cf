package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.DeviceMemoryException;
import java.util.List;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each driver call of the runtime fails in each way once. */
class CudaFailuresTest {
  private CudaContext context;
  private Things things;

  @BeforeEach
  void open() {
    EmulatedGpu.require("");
    context = CudaContext.open(0, Long.MAX_VALUE);
    things = new Things(context);
  }

  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  /**
   * A driver call and what makes the runtime call it.
   *
   * @param call its name
   * @param shown what the message says of it
   */
  record Case(String call, String shown, Action action) {
    Case(String call, Action action) {
      this(call, call + "(", action);
    }

    @Override
    public String toString() {
      return call;
    }
  }

  /** Something that an engine does. */
  @FunctionalInterface
  interface Action {
    void on(CudaContext context, Things things);
  }

  static Stream<Case> calls() {
    return Stream.of(
        new Case("cuCtxSetCurrent", (context, things) -> context.enter()),
        new Case("cuCtxSynchronize", (context, things) -> context.synchronize()),
        new Case("cuMemGetInfo", (context, things) -> context.memory().availableBytes()),
        new Case("cuMemHostAlloc", (context, things) -> context.pinned(8)),
        new Case("cuMemsetD8Async", (context, things) -> context.memory().allocate("new", 8)),
        new Case("cuStreamCreate", (context, things) -> context.newStream()),
        new Case("cuStreamSynchronize", (context, things) -> things.stream.synchronize()),
        new Case("cuStreamQuery", (context, things) -> things.stream.isDone()),
        new Case("cuStreamWaitEvent", (context, things) -> things.stream.waitFor(things.event)),
        new Case("cuEventCreate", (context, things) -> context.newEvent()),
        new Case("cuEventRecord", (context, things) -> things.stream.record(things.event)),
        new Case("cuEventQuery", (context, things) -> things.event.isDone()),
        new Case("cuEventSynchronize", (context, things) -> things.event.synchronize()),
        new Case("cuEventElapsedTime", (context, things) -> things.event.nanosSince(things.event)),
        new Case("cuMemcpyHtoDAsync", (context, things) -> things.copyToDevice()),
        new Case("cuMemcpyDtoHAsync", (context, things) -> things.copyToHost()),
        new Case("cuMemcpyDtoDAsync", (context, things) -> things.copyOnDevice()),
        new Case(
            "cuLaunchKernel",
            "cuLaunchKernel(rms_norm_f32, grid = 1 x 1, threads = 256, shared bytes = 0)",
            (context, things) -> things.norm.launch(things.stream)),
        new Case("cuStreamBeginCapture", (context, things) -> things.capture()),
        new Case("cuStreamEndCapture", (context, things) -> things.capture()),
        new Case("cuGraphInstantiate", (context, things) -> things.capture()),
        new Case("cuGraphLaunch", (context, things) -> things.graph.launch(things.stream)),
        new Case(
            "cuModuleGetFunction",
            "cuModuleGetFunction(embed_f32",
            (context, things) -> context.kernel("embed_f32")),
        new Case("cuFuncGetAttribute", (context, things) -> context.kernel("embed_f32")),
        new Case("cuFuncSetAttribute", (context, things) -> context.kernel("embed_f32")),
        new Case(
            "cuMemAlloc",
            "cuMemAlloc(bytes = 8) for new",
            (context, things) -> context.memory().allocate("new", 8)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void anErrorOfTheCallAloneLeavesTheContextUsable(Case failing) {
    EmulatedGpu.fail(failing.call, 1, CUresult.CUDA_ERROR_NOT_SUPPORTED);
    assertThatThrownBy(() -> failing.action.on(context, things))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(failing.shown)
        .hasMessageContaining(
            " on GPU 0 (Emulated GPU 0) failed with CUDA_ERROR_NOT_SUPPORTED (801)");
    try (CudaStream another = context.newStream()) {
      things.norm.launch(another);
      another.synchronize();
    }
    closeAll();
  }

  @ParameterizedTest
  @MethodSource("calls")
  void wantOfMemoryIsToldApart(Case failing) {
    EmulatedGpu.fail(failing.call, 1, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    assertThatThrownBy(() -> failing.action.on(context, things))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageContaining("Use a smaller model or KV cache");
    closeAll();
  }

  @ParameterizedTest
  @MethodSource("calls")
  void anErrorThatEndsTheContextIsWhatEverythingSaysAfterwards(Case failing) {
    EmulatedGpu.failForGood(failing.call, 1, CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
    assertThatThrownBy(() -> failing.action.on(context, things))
        .isInstanceOf(DeviceFailedException.class)
        .hasMessageStartingWith(failing.shown)
        .hasMessageContaining("CUDA_ERROR_ECC_UNCORRECTABLE (214), uncorrectable ECC error");
    for (Case other : calls().toList()) {
      assertThatThrownBy(() -> other.action.on(context, things))
          .as(other.call)
          .isInstanceOf(DeviceFailedException.class)
          .hasMessageStartingWith(failing.shown);
    }
    things.close();
    context.close();
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuMemFree",
        "cuMemFreeHost",
        "cuStreamDestroy",
        "cuEventDestroy",
        "cuGraphExecDestroy",
        "cuCtxDestroy"
      })
  void givingBackNeverThrows(String call) {
    EmulatedGpu.fail(call, 1, CUresult.CUDA_ERROR_INVALID_VALUE);
    things.stream.capture(() -> things.norm.launch(things.stream)).close();
    things.close();
    assertThatCode(context::close).doesNotThrowAnyException();
    assertThat(context.memory().allocatedBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
        CUresult.CUDA_ERROR_LAUNCH_FAILED,
        CUresult.CUDA_ERROR_ASSERT,
        CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
        CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
        CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
        CUresult.CUDA_ERROR_UNKNOWN,
        721
      })
  void whatAKernelDidShowsWhenItsStreamIsWaitedFor(int result) {
    EmulatedGpu.fail("execution", 1, result);
    things.norm.launch(things.stream);
    assertThatThrownBy(things.stream::synchronize)
        .isInstanceOf(DeviceFailedException.class)
        .hasMessageContaining("cuStreamSynchronize() on GPU 0")
        .hasMessageContaining(String.valueOf(result));
    things.close();
    context.close();
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  private void closeAll() {
    things.close();
    context.close();
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  /** What the actions need. */
  static final class Things implements AutoCloseable {
    private final CudaStream stream;
    private final CudaEvent event;
    private final PinnedMemory host;
    private final DeviceBuffer device;
    private final RowNorm norm;
    private final CudaGraph graph;

    Things(CudaContext context) {
      stream = context.newStream();
      event = context.newTimedEvent();
      host = context.pinned(16);
      device = context.memory().allocate("device", 16);
      norm = new RowNorm(context, 1, 8);
      graph = stream.capture(() -> norm.launch(stream));
      stream.record(event);
      stream.synchronize();
      EmulatedGpu.clearCounters();
    }

    void copyToDevice() {
      stream.copyToDevice(host.address(), device.address(), 8);
    }

    void copyToHost() {
      stream.copyToHost(device.address(), host.address(), 8);
    }

    void copyOnDevice() {
      stream.copyOnDevice(device.address(), device.address() + 8, 8);
    }

    void capture() {
      // On a stream of its own: one that was not let out of its recording is of no more use.
      CudaStream recording = norm.newStream();
      try {
        recording.capture(() -> norm.launch(recording)).close();
      } finally {
        recording.close();
      }
    }

    @Override
    public void close() {
      List.of(graph, norm, device, host, event, stream).forEach(Things::close);
    }

    private static void close(AutoCloseable thing) {
      assertThatCode(thing::close).doesNotThrowAnyException();
    }
  }
}

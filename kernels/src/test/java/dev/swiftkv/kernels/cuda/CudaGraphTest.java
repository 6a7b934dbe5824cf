package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.HostMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaGraphTest {
  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "seed=5", "order=early"})
  void repeatsWhatWasRecordedWithItsArguments(String words) {
    EmulatedGpu.require(words);
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        CudaStream stream = context.newStream();
        RowNorm norm = new RowNorm(context, 2, 32);
        RowNorm other = new RowNorm(context, 1, 16);
        CudaGraph graph =
            stream.capture(
                () -> {
                  stream.fill(norm.out().address(), (byte) 0x7f, norm.out().bytes());
                  norm.launch(stream);
                })) {
      assertThat(EmulatedGpu.callCount("kernel " + RowNorm.KERNEL)).isEqualTo(1);
      other.launch(stream);
      graph.launch(stream);
      graph.launch(stream);
      stream.synchronize();
      norm.check();
      other.check();
      assertThat(EmulatedGpu.callCount("cuLaunchKernel")).isEqualTo(2);
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void anotherStreamMayTakePart() {
    EmulatedGpu.require("");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        CudaStream stream = context.newStream();
        CudaStream branch = context.newStream();
        CudaEvent fork = context.newEvent();
        CudaEvent join = context.newEvent();
        PinnedMemory host = context.pinned(8);
        DeviceBuffer device = context.memory().allocate("device", 8);
        CudaGraph graph =
            stream.capture(
                () -> {
                  stream.record(fork);
                  branch.waitFor(fork);
                  branch.fill(device.address(), (byte) 5, 8);
                  branch.record(join);
                  stream.waitFor(join);
                  stream.copyToHost(device.address(), host.address(), 8);
                })) {
      graph.launch(stream);
      stream.synchronize();
      assertThat(HostMemory.getLong(host.address())).isEqualTo(0x0505050505050505L);
    }
  }

  @Test
  void anErrorWhileRecordingReachesTheCallerAndTheStreamGoesOn() {
    EmulatedGpu.require("");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        CudaStream stream = context.newStream();
        RowNorm norm = new RowNorm(context, 2, 32)) {
      assertThatThrownBy(
              () ->
                  stream.capture(
                      () -> {
                        norm.launch(stream);
                        throw new UnsupportedOperationException("mine");
                      }))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("mine");
      assertThatThrownBy(() -> stream.capture(stream::synchronize))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (900)");
      norm.launch(stream);
      stream.synchronize();
      norm.check();
    }
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void otherThreadsMayAllocateWhileOneRecords() {
    EmulatedGpu.require("");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        CudaStream stream = context.newStream()) {
      stream.capture(() -> allocateOnAnotherThread(context)).close();
      assertThat(EmulatedGpu.callCount("cuMemAlloc")).isEqualTo(1);
    }
  }

  private static void allocateOnAnotherThread(CudaContext context) {
    Thread thread = new Thread(() -> context.memory().allocate("theirs", 8).close());
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

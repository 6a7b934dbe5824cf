package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.HostMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CudaStreamTest {
  private CudaContext context;
  private CudaStream stream;
  private PinnedMemory host;
  private DeviceBuffer device;

  @BeforeEach
  void open() {
    EmulatedGpu.require("");
    context = CudaContext.open(0, Long.MAX_VALUE);
    stream = context.newStream();
    host = context.pinned(64);
    device = context.memory().allocate("device", 64);
  }

  @AfterEach
  void close() {
    if (context != null) {
      device.close();
      host.close();
      stream.close();
      context.close();
      assertThat(EmulatedGpu.leftovers()).isEmpty();
    }
    EmulatedGpu.remove();
  }

  @Test
  void copiesThereAndBackAndOnTheDevice() {
    HostMemory.putLong(host.address(), 0x0123456789ABCDEFL);
    stream.copyToDevice(host.address(), device.address(), 8);
    stream.copyOnDevice(device.address(), device.address() + 32, 8);
    stream.copyToHost(device.address() + 32, host.address() + 16, 8);
    stream.fill(device.address(), (byte) 7, 4);
    stream.copyToHost(device.address(), host.address() + 24, 8);
    stream.synchronize();
    assertThat(HostMemory.getLong(host.address() + 16)).isEqualTo(0x0123456789ABCDEFL);
    assertThat(HostMemory.getLong(host.address() + 24)).isEqualTo(0x0123456707070707L);
  }

  @Test
  void returnsBeforeTheWorkIsDone() {
    HostMemory.putInt(host.address(), 1);
    stream.fill(device.address(), (byte) 2, 4);
    stream.copyToHost(device.address(), host.address(), 4);
    assertThat(HostMemory.getInt(host.address())).isEqualTo(1);
    int questions = 0;
    while (!stream.isDone()) {
      questions++;
    }
    assertThat(questions).isPositive();
    assertThat(HostMemory.getInt(host.address())).isEqualTo(0x02020202);
  }

  @Test
  void waitsForAnotherStreamOnlyIfToldTo() {
    try (CudaStream producer = context.newStream();
        CudaEvent produced = context.newEvent()) {
      producer.fill(device.address(), (byte) 3, 4);
      producer.record(produced);
      stream.copyToHost(device.address(), host.address(), 4);
      stream.waitFor(produced);
      stream.copyToHost(device.address(), host.address() + 4, 4);
      stream.synchronize();
      assertThat(HostMemory.getInt(host.address())).isZero();
      assertThat(HostMemory.getInt(host.address() + 4)).isEqualTo(0x03030303);
      assertThat(produced.isDone()).isTrue();
    }
  }

  @Test
  void eventsAreWaitedForAndTellTheTime() {
    try (CudaEvent start = context.newTimedEvent();
        CudaEvent end = context.newTimedEvent()) {
      stream.record(start);
      stream.fill(device.address(), (byte) 3, 64);
      stream.record(end);
      stream.copyToHost(device.address(), host.address(), 4);
      end.synchronize();
      assertThat(end.nanosSince(start)).isBetween(0L, 1_000_000_000L);
      assertThat(end.isDone()).isTrue();
      assertThat(stream.isDone()).isFalse();
    }
  }

  @Test
  void contextsWaitForAllTheirStreams() {
    try (CudaStream other = context.newStream()) {
      stream.fill(device.address(), (byte) 3, 4);
      other.fill(device.address() + 4, (byte) 3, 4);
      context.synchronize();
      assertThat(stream.isDone()).isTrue();
      assertThat(other.isDone()).isTrue();
    }
  }

  @Test
  void copiesBeyondTheEndAreRefusedWithTheirArguments() {
    assertThatThrownBy(() -> stream.copyToDevice(host.address(), device.address(), 65))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "cuMemcpyHtoDAsync(from = 0x%x, to = 0x%x, bytes = 65) on GPU 0"
                .formatted(host.address(), device.address()))
        .hasMessageContaining("CUDA_ERROR_INVALID_VALUE (1)");
    assertThatThrownBy(() -> stream.copyToHost(device.address(), host.address(), 66))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "cuMemcpyDtoHAsync(from = 0x%x, to = 0x%x, bytes = 66)"
                .formatted(device.address(), host.address()));
    stream.synchronize();
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.HostMemory;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaDeviceMemoryTest {
  private static final long DEVICE_BYTES = 1_000_000;

  private CudaContext context;

  @AfterEach
  void leaveNoMachineBehind() {
    if (context != null) {
      context.close();
      assertThat(EmulatedGpu.leftovers()).isEmpty();
    }
    EmulatedGpu.remove();
  }

  @Test
  void handsOutZerosUnlessToldThatAnythingWillDo() {
    CudaDeviceMemory memory = open(Long.MAX_VALUE);
    try (DeviceBuffer zeroed = memory.allocate("zeroed", 24);
        DeviceBuffer unset = memory.allocateUninitialized("unset", 24)) {
      assertThat(read(zeroed)).isZero();
      assertThat(read(unset)).as("what the emulated GPU fills fresh memory with").isEqualTo(-1);
      assertThat(zeroed.address() % 64).isZero();
      assertThat(zeroed.label()).isEqualTo("zeroed");
      assertThat(zeroed.bytes()).isEqualTo(24);
    }
  }

  @Test
  void countsWhatIsInUse() {
    CudaDeviceMemory memory = open(1000);
    assertThat(memory.budgetBytes()).isEqualTo(1000);
    DeviceBuffer buffer = memory.allocate("buffer", 300);
    assertThat(memory.allocatedBytes()).isEqualTo(300);
    assertThat(memory.availableBytes()).isEqualTo(700);
    buffer.close();
    buffer.close();
    assertThat(memory.allocatedBytes()).isZero();
    assertThat(EmulatedGpu.usedBytes(0)).isZero();
  }

  @Test
  void keepsToTheBudget() {
    CudaDeviceMemory memory = open(1000);
    try (DeviceBuffer buffer = memory.allocate("buffer", 600)) {
      assertThatThrownBy(() -> memory.allocate("weights", 401))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("weights needs 401 bytes")
          .hasMessageContaining("600 of the budget of 1000 bytes of GPU 0 (Emulated GPU 0)")
          .hasMessageContaining("Raise the memory budget");
      memory.allocate("rest", 400).close();
    }
  }

  @Test
  void aBudgetBeyondTheDeviceIsAllOfTheDevice() {
    CudaDeviceMemory memory = open(Long.MAX_VALUE);
    assertThat(memory.budgetBytes()).isEqualTo(DEVICE_BYTES);
    try (CudaContext neighbour = CudaContext.open(0, Long.MAX_VALUE);
        DeviceBuffer theirs = neighbour.memory().allocate("theirs", 900_000);
        DeviceBuffer ours = memory.allocate("ours", 50_000)) {
      assertThat(memory.availableBytes()).isEqualTo(50_000);
      assertThatThrownBy(() -> memory.allocate("weights", 60_000))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("weights needs 60000 bytes")
          .hasMessageContaining("50000 of its 1000000 bytes are free, 50000 are in use here");
      assertThat(memory.allocatedBytes()).isEqualTo(50_000);
    }
  }

  @Test
  void refusesSizesAndBudgetsOfNothing() {
    CudaDeviceMemory memory = open(1000);
    assertThatThrownBy(() -> memory.allocate("none", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none");
    assertThatThrownBy(() -> CudaContext.open(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("above 0");
  }

  @Test
  void memoryThatCannotBeZeroedIsGivenBack() {
    CudaDeviceMemory memory = open(1000);
    EmulatedGpu.fail("cuMemsetD8Async", 1, CUresult.CUDA_ERROR_NOT_SUPPORTED);
    assertThatThrownBy(() -> memory.allocate("buffer", 10))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cuMemsetD8Async(at = 0x")
        .hasMessageContaining("value = 0, bytes = 10)");
    assertThat(memory.allocatedBytes()).isZero();
  }

  @Test
  void threadsShareTheAccount() throws InterruptedException {
    CudaDeviceMemory memory = open(8 * 100);
    List<Throwable> problems = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Thread thread = new Thread(() -> allocateOften(memory));
      thread.setUncaughtExceptionHandler(
          (failed, problem) -> {
            synchronized (problems) {
              problems.add(problem);
            }
          });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(problems).isEmpty();
    assertThat(memory.allocatedBytes()).isZero();
  }

  private static void allocateOften(CudaDeviceMemory memory) {
    for (int i = 0; i < 50; i++) {
      memory.allocate("of a thread", 100).close();
    }
  }

  private CudaDeviceMemory open(long budgetBytes) {
    EmulatedGpu.require("memory=" + DEVICE_BYTES);
    context = CudaContext.open(0, budgetBytes);
    return context.memory();
  }

  /** The last eight bytes. */
  private long read(DeviceBuffer buffer) {
    try (CudaStream stream = context.newStream();
        PinnedMemory host = context.pinned(buffer.bytes())) {
      stream.copyToHost(buffer.address(), host.address(), buffer.bytes());
      stream.synchronize();
      return HostMemory.getLong(host.address() + buffer.bytes() - 8);
    }
  }
}

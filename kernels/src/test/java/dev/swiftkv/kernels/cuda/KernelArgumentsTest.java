package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.swiftkv.kernels.HostMemory;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelArgumentsTest {
  private static final int LAUNCHES = 10_000;

  private CudaContext context;
  private KernelArguments arguments;

  @BeforeEach
  void open() {
    EmulatedGpu.require("");
    context = CudaContext.open(0, Long.MAX_VALUE);
    arguments = context.newArguments();
  }

  @AfterEach
  void close() {
    if (context != null) {
      arguments.close();
      context.close();
    }
    EmulatedGpu.remove();
  }

  @Test
  void fieldsLieWhereCPutsThem() {
    long table = HostPointer.addressOf(arguments.begin(8).putLong(0).table());
    long struct = HostMemory.getLong(table);
    arguments.begin(40).putInt(1).putLong(2).putFloat(3).putInt(4).putInt(5).putLong(6);
    assertThat(HostPointer.addressOf(arguments.table())).isEqualTo(table);
    assertThat(HostMemory.getInt(struct)).isEqualTo(1);
    assertThat(HostMemory.getLong(struct + 8)).isEqualTo(2);
    assertThat(HostMemory.getFloat(struct + 16)).isEqualTo(3);
    assertThat(HostMemory.getInt(struct + 20)).isEqualTo(4);
    assertThat(HostMemory.getInt(struct + 24)).isEqualTo(5);
    assertThat(HostMemory.getLong(struct + 32)).isEqualTo(6);
    assertThat(arguments.begin(16).putLong(1).putInt(2).table())
        .as("padded at the end")
        .isNotNull();
  }

  @Test
  void refuseMoreOrFewerFieldsThanTheStructHas() {
    arguments.begin(16).putLong(1);
    assertThatThrownBy(arguments::table)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("take 16 bytes, and 8 were written");
    arguments.putInt(2);
    assertThatThrownBy(() -> arguments.putLong(3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("take 16 bytes, and 24 were written");
    assertThatThrownBy(arguments::table).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> arguments.begin(KernelArguments.MAX_BYTES + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 4097");
  }

  @Test
  void aLaunchAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    try (CudaStream stream = context.newStream();
        RowNorm norm = new RowNorm(context, 1, 32)) {
      for (int i = 0; i < LAUNCHES; i++) {
        norm.launch(stream);
      }
      long before = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < LAUNCHES; i++) {
        norm.launch(stream);
      }
      long allocated = threads.getThreadAllocatedBytes(thread) - before;
      assertThat(allocated).isLessThan(LAUNCHES);
      assertThat(EmulatedGpu.callCount("cuLaunchKernel")).isEqualTo(2 * LAUNCHES);
    }
  }
}

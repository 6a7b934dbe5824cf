package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.cuda.CompiledKernels.Entry;
import dev.swiftkv.kernels.cuda.CompiledKernels.Use;
import org.junit.jupiter.api.Test;

class CompiledKernelsTest {
  @Test
  void readsEntriesOfPtx() {
    assertThat(CompiledKernels.entries(EmulatedContext.PTX))
        .containsExactly(new Entry("driver_check_scale", 16, 128));
  }

  @Test
  void readsTheReportOfPtxas() {
    String log =
        """
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'first' for 'sm_90'
        ptxas info    : Function properties for first
            8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads
        ptxas info    : Used 255 registers, used 1 barriers, 1024 bytes smem, 368 bytes cmem[0]
        ptxas info    : Compiling entry function 'second' for 'sm_80'
        ptxas info    : Function properties for second
            0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used 10 registers, used 0 barriers, 368 bytes cmem[0]
        """;
    assertThat(CompiledKernels.uses(log))
        .containsExactly(
            new Use("first", "sm_90", 255, 8, 16, 1024), new Use("second", "sm_80", 10, 0, 0, 0));
  }
}

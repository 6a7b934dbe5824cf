package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.AttentionContract;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Device;
import dev.swiftkv.kernels.ProjectionContract;
import dev.swiftkv.kernels.SamplingContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Our C++ for lesser instruction sets than this machine's best, which the other tests run. */
class InstructionSetTest {
  private static final int AVX2 = 1;
  private static final int AVX512 = 2;
  private static final int AVX512_BF16 = 3;

  @Nested
  class OnAvx2 extends Limited {
    OnAvx2() {
      super(AVX2);
    }
  }

  @Nested
  class OnAvx512WithoutBf16 extends Limited {
    OnAvx512WithoutBf16() {
      super(AVX512);
    }
  }

  @Nested
  class OnAvx512WithoutAmx extends Limited {
    OnAvx512WithoutAmx() {
      super(AVX512_BF16);
    }
  }

  /** The contracts of what is compiled once per instruction set. */
  abstract static class Limited implements AttentionContract, ProjectionContract, SamplingContract {
    private final int isa;
    private int unlimited;
    private NativeCpuBackend backend;
    private Device device;

    Limited(int isa) {
      this.isa = isa;
    }

    @Override
    public Device device() {
      return device;
    }

    @BeforeEach
    void open() {
      assumeTrue(
          NativeLibrary.unavailableReason().isEmpty(),
          () -> NativeLibrary.unavailableReason().orElse(""));
      unlimited = CpuNatives.activeIsa();
      assumeTrue(unlimited >= isa, "this processor lacks the instruction set");
      // Opened first: oneDNN's products use the processor's best and are not the subject here.
      backend = new NativeCpuBackend(new BackendOptions(1L << 30, 2, 0));
      device = new Device(backend);
      AttentionNatives.limitIsa(isa);
    }

    @AfterEach
    void close() throws Exception {
      if (backend != null) {
        AttentionNatives.limitIsa(unlimited);
        device.close();
        backend.close();
      }
    }

    @Test
    void theLimitIsInForce() {
      assertThat(CpuNatives.activeIsa()).isEqualTo(isa);
    }
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.Fact;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CudaFactsTest {
  @Test
  void tellADriverFromNone() {
    CudaProbe driver = new CudaProbe(12040, List.of(device(9)), Optional.empty());
    assertThat(CudaFacts.ofDriver(driver))
        .contains(new Fact("driver", "for CUDA 12.4"), new Fact("devices", "1"));
    CudaProbe none = new CudaProbe(0, List.of(), Optional.of("no driver"));
    assertThat(CudaFacts.ofDriver(none)).extracting(Fact::name).doesNotContain("driver");
  }

  @Test
  void nameADeviceAndItsKernels() {
    List<Fact> facts = CudaFacts.ofDevice(device(9));
    assertThat(facts)
        .contains(
            new Fact("device", "GPU 1 (H)"),
            new Fact("compute capability", "9.0"),
            new Fact("memory", "143771 MiB"),
            new Fact("shared memory of a block", "227 KiB"));
    assertThat(facts.get(facts.size() - 1).value()).contains("gemm_wgmma").contains("rms_norm");
    assertThat(CudaFacts.ofDevice(device(7)))
        .contains(new Fact("kernels", "none: they need compute capability 8.0"));
  }

  private static CudaDevice device(int major) {
    return new CudaDevice(1, "H", major, 0, 132, 143771L << 20, 227 << 10, 12040);
  }
}

package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorTest {
  @Test
  void readsNameAndFeaturesOfTheFirstProcessor() {
    Processor processor =
        Processor.parse(
            List.of(
                "processor\t: 0",
                "model name\t: Some Maker's Chip @ 2.0GHz",
                "flags\t\t: fpu amx_bf16 avx2 sse2 fma",
                "",
                "model name\t: Another Chip",
                "flags\t\t: avx512f"));
    assertThat(processor.name()).isEqualTo("Some Maker's Chip @ 2.0GHz");
    assertThat(processor.relevantFeatures()).containsExactly("fma", "avx2", "amx_bf16");
  }

  @Test
  void aDescriptionWithoutFlagsNamesTheArchitecture() {
    Processor processor = Processor.parse(List.of("Features : fp asimd"));
    assertThat(processor.name()).isEqualTo(System.getProperty("os.arch"));
    assertThat(processor.relevantFeatures()).isEmpty();
  }
}

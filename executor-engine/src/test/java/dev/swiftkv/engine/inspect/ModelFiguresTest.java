package dev.swiftkv.engine.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.config.RopeScaling;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.engine.model.CausalLm;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelFiguresTest {
  @TempDir private Path directory;

  /** Figures derived from the published configuration of Llama-3.1-SwiftKV-8B-Instruct. */
  @ParameterizedTest
  @CsvSource({
    "1, 2048, 7.516, 14.496",
    "1, 131072, 24.428, 48.318",
    "2, 8192, 8.187, 16.106",
    "4, 32768, 11.341, 22.549"
  })
  void prefillCostEqualsTheFormulas(int groupSize, int tokens, double swift, double full) {
    PrefillCost cost = PrefillCost.of(llama8b(groupSize), tokens);
    assertThat(cost.gflopPerToken()).isCloseTo(swift, within(0.0006));
    assertThat(cost.fullDepthGflopPerToken()).isCloseTo(full, within(0.0006));
    assertThat(cost.saving()).isCloseTo(full / swift, within(0.001));
  }

  @Test
  void parametersOfAPublishedModelAreAsPublished() {
    ParameterCount count = new ParameterCount(llama8b(1), false);
    // 8,030,261,248 of Llama 3.1 8B, and norm_swiftkv.
    assertThat(count.matrices() + count.vectors()).isEqualTo(8_030_261_248L + 4096);
  }

  @ParameterizedTest
  @CsvSource({
    "llama,1,false",
    "llama,1,true",
    "llama-swiftkv,1,false",
    "llama-swiftkv,2,true",
    "qwen2,1,true",
    "qwen2-swiftkv,2,false"
  })
  void figuresEqualTheLoadedModel(String family, int groupSize, boolean tied) {
    Path checkpoint = directory.resolve("model");
    CheckpointSpec spec =
        CheckpointSpec.of(family)
            .vocabularySize(300)
            .hiddenSize(64)
            .layers(4)
            .keyValueGroupSize(groupSize)
            .tiedEmbeddings(tied)
            .build();
    CheckpointGenerator.generate(spec, checkpoint);
    ModelFigures figures = ModelFigures.of(checkpoint, DType.F32);
    try (Backend backend = Backends.open("scalar", BackendOptions.defaults());
        LoadedModel model = LoadedModel.load(checkpoint, backend, DType.F32);
        CausalLm lm = model.lm(1, 1)) {
      assertThat(figures.parameters()).isEqualTo(model.parameters());
      assertThat(figures.weightBytes()).isEqualTo(4 * model.parameters());
      assertThat(figures.checkpointBytes()).isEqualTo(CheckpointGenerator.weightBytes(spec));
      long blockBytes = backend.kvBytesPerBlock(lm.kvShape(32));
      assertThat(figures.kvBytesPerToken() * 32).isEqualTo(2 * blockBytes * lm.cacheCount());
      assertThat(figures.prefill())
          .extracting(PrefillCost::promptTokens)
          .containsExactly(256, 1024, 2048);
    }
  }

  private static ModelConfig llama8b(int groupSize) {
    return new ModelConfig(
        "llama-swiftkv",
        "LlamaSwiftKVForCausalLM",
        128_256,
        4096,
        14_336,
        32,
        32,
        8,
        128,
        1e-5f,
        500_000,
        new RopeScaling.None(),
        131_072,
        false,
        false,
        false,
        16,
        groupSize,
        128_000,
        List.of(128_001));
  }
}

package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.inspect.ModelFigures;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir private static Path folder;
  private static Path model;

  @BeforeAll
  static void makeModel() {
    model = folder.resolve("model");
    CommandRun made =
        CommandRun.of(
            ("make-model --family llama-swiftkv --layers 2 --hidden 64 --heads 4 --vocabulary 512"
                    + " --output "
                    + model)
                .split(" "));
    assertThat(made.exitCode()).isZero();
  }

  @Test
  void measuresEveryPartInOneObject() throws IOException {
    CommandRun run =
        bench(
            "--prompt-tokens 100 --output-tokens 5 --requests 3 --shared-prefix 64"
                + " --kv-cache-bytes 64m --json");
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).startsWith("bench: loading");
    assertThat(run.out()).hasLineCount(1);
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("architecture").asText()).isEqualTo("LlamaSwiftKVForCausalLM");
    JsonNode prefill = result.get("prefill");
    assertThat(prefill.get("prompt_tokens").asInt()).isEqualTo(300);
    assertThat(prefill.get("completion_tokens").asInt()).isEqualTo(3);
    JsonNode generate = result.get("generate");
    assertThat(generate.get("cached_tokens").asInt()).isGreaterThanOrEqualTo(3 * 64);
    assertThat(generate.get("completion_tokens").asInt()).isBetween(3, 15);
    for (String rate :
        List.of(
            "time_to_first_token_ms",
            "prompt_tokens_per_second",
            "generated_tokens_per_second",
            "gemm_gflops",
            "gemm_ceiling_gflops")) {
      assertThat(result.get(rate).asDouble()).as(rate).isPositive();
    }
    JsonNode share = result.get("prefill_share");
    double sum =
        share.get("gemm").asDouble()
            + share.get("attention").asDouble()
            + share.get("rest").asDouble();
    assertThat(sum).isCloseTo(1, within(1e-9));
    assertThat(share.get("attention").asDouble()).isBetween(0.0, 1.0);
    assertThat(share.get("rest").asDouble()).isBetween(0.0, 1.0);
  }

  @Test
  void printsTheSameForPeople() {
    CommandRun run =
        bench("--prompt-tokens 40 --output-tokens 2 --requests 2 --kv-cache-bytes 64m");
    assertThat(run.out())
        .contains("2 prompts of 40 tokens (0 in common), 2 new tokens each")
        .contains("first token", "tokens/s", "GEMM", "attention", "ceiling");
  }

  @Test
  void sharesExactlyThePrefix() {
    ModelConfig config = ModelConfig.read(model);
    List<Prompt> prompts = new BenchPlan(50, 1, 2, 20).prompts(config, 2, 20, 7);
    List<Integer> first = ((Prompt.Tokens) prompts.get(0)).ids();
    List<Integer> second = ((Prompt.Tokens) prompts.get(1)).ids();
    assertThat(first).hasSize(50).doesNotContainAnyElementsOf(config.eosTokenIds());
    assertThat(first.subList(0, 20)).isEqualTo(second.subList(0, 20));
    assertThat(first.subList(20, 50)).isNotEqualTo(second.subList(20, 50));
    assertThat(new BenchPlan(50, 1, 2, 20).prompts(config, 2, 20, 7)).isEqualTo(prompts);
  }

  @Test
  void givesTheCacheRoomForAllPromptsUnlessItHasABudget() {
    EngineConfig config = EngineConfig.forModel(model).withDevice("scalar").withDtype("f32");
    BenchPlan plan = new BenchPlan(60, 5, 7, 0);
    long bytesPerToken = ModelFigures.of(model, DType.F32).kvBytesPerToken();
    EngineConfig sized = BenchCache.sized(config, ModelConfig.read(model), plan);
    assertThat(sized.kvCacheBytes()).isEqualTo(7 * 96 * bytesPerToken);
    EngineConfig given = config.withKvCacheBytes(1_000_000);
    assertThat(BenchCache.sized(given, ModelConfig.read(model), plan)).isEqualTo(given);
  }

  @Test
  void refusesWorkThatCannotBeDone() {
    assertThat(bench("--requests 0").exitCode()).isEqualTo(2);
    assertThat(bench("--prompt-tokens 10 --shared-prefix 11").err())
        .contains("--shared-prefix must be 0 to 10, got 11");
    CommandRun tooLong = bench("--prompt-tokens 5000 --kv-cache-bytes 64m");
    assertThat(tooLong.exitCode()).isEqualTo(1);
    assertThat(tooLong.err()).contains("4096");
    assertThat(CommandRun.of("bench", "--model", BuiltInModels.DEFAULT + "x").exitCode())
        .isEqualTo(1);
  }

  private static CommandRun bench(String arguments) {
    return CommandRun.of(("bench --model " + model + " " + arguments).split(" "));
  }
}

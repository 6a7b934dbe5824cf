package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.LongPromptPolicy;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.engine.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompleteCommandTest {
  private final EchoEngine engine = new EchoEngine();

  @Test
  void completesOnePrompt() {
    CommandRun run = echo("", "complete", "--prompt", "Hello");
    assertThat(run).isEqualTo(new CommandRun(0, "<Hello>\n", ""));
    assertThat(engine.closed).isTrue();
  }

  @Test
  void takesAFileAsOnePrompt(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("prompt.txt"), "two\nlines\n");
    assertThat(echo("", "complete", "--prompt-file", file.toString()).out())
        .isEqualTo("<two\nlines>\n");
  }

  @Test
  void takesEveryLineOfTheInputAndKeepsTheOrder() {
    String lines =
        IntStream.range(0, 1_000).mapToObj(i -> "p" + i).collect(Collectors.joining("\n"));
    String expected =
        IntStream.range(0, 1_000).mapToObj(i -> "<p" + i + ">\n").collect(Collectors.joining());
    assertThat(echo(lines, "complete").out()).isEqualTo(expected);
    assertThat(echo("a\r\nb\r\n", "complete").out()).isEqualTo("<a>\n<b>\n");
    assertThat(echo("", "complete")).isEqualTo(new CommandRun(0, "", ""));
  }

  @Test
  void reportsAFailedPromptAndGoesOn() {
    CommandRun run = echo("a\n\nb\n", "complete");
    assertThat(run.out()).isEqualTo("<a>\n\n<b>\n");
    assertThat(run.err()).isEqualTo("prompt 2: INVALID_PROMPT: The prompt is empty\n");
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @Test
  void printsOneObjectALine() throws IOException {
    CommandRun run = echo("a\n\n", "complete", "--json");
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(2);
    ObjectMapper mapper = new ObjectMapper();
    assertThat(mapper.readTree(lines.get(0)))
        .isEqualTo(
            mapper.readTree(
                "{\"text\":\"<a>\",\"token_ids\":[7,8],\"finish_reason\":\"stop\",\"prompt_tokens\":3,"
                    + "\"cached_tokens\":1,\"completion_tokens\":2,\"error\":null}"));
    JsonNode failed = mapper.readTree(lines.get(1));
    assertThat(failed.get("text").isNull()).isTrue();
    assertThat(failed.get("finish_reason").asText()).isEqualTo("error");
    assertThat(failed.get("error").asText()).isEqualTo("INVALID_PROMPT: The prompt is empty");
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @Test
  void handsOverEveryOption() {
    echo(
        "",
        ("complete --prompt x --max-tokens 5 --temperature 0.5 --top-p 0.9 --top-k 4 --min-p 0.1"
                + " --repetition-penalty 1.5 --seed 9 --stop [END] --stop B --chat"
                + " --on-long-prompt truncateStart")
            .split(" "));
    assertThat(engine.requests.get(0).options())
        .isEqualTo(
            new GenerationOptions(
                5,
                new SamplingParams(0.5f, 0.9f, 4, 0.1f, 1.5f, 9L),
                List.of("[END]", "B"),
                LongPromptPolicy.TRUNCATE_START,
                true,
                Constraint.NONE));
  }

  @Test
  void refusesWrongUse() {
    assertThat(echo("", "complete", "--promt", "x").exitCode()).isEqualTo(2);
    assertThat(echo("", "complete", "--prompt", "x", "--prompt-file", "y").exitCode()).isEqualTo(2);
    CommandRun negative = echo("", "complete", "--prompt", "x", "--temperature", "-1");
    assertThat(negative.exitCode()).isEqualTo(1);
    assertThat(negative.err()).contains("Option temperature must be in [0, 100], got -1.0");
    CommandRun device = echo("", "complete", "--prompt", "x", "--device", "tpu");
    assertThat(device.err()).contains("Option device must be one of auto, cpu, scalar, cuda");
    CommandRun missing = echo("", "complete", "--prompt-file", "/no/such/file");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("The prompt file /no/such/file cannot be read");
  }

  @Test
  void namesAModelThatIsNotThere() {
    CommandRun run = CommandRun.of("complete", "--model", "/no/such/model", "--prompt", "x");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("/no/such/model").hasLineCount(1);
  }

  @Test
  void teachesWithExamples() {
    CommandRun run = echo("", "complete", "--help");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("Examples:", "--max-tokens", "--kv-cache-bytes", "--json");
  }

  @Test
  void answersLikeTheReferenceOnTheDemonstrationModel() throws IOException {
    Path golden = SharedFiles.demonstrationModel().resolve("golden.json");
    JsonNode row = new ObjectMapper().readTree(golden.toFile()).get("rows").get(0);
    CommandRun run =
        CommandRun.of(
            "complete", "--prompt", row.get("prompt").asText(), "--dtype", "f32", "--json");
    assertThat(run.err()).isEmpty();
    JsonNode answer = new ObjectMapper().readTree(run.out());
    assertThat(answer.get("token_ids")).isEqualTo(row.get("greedy_ids"));
    assertThat(answer.get("text").asText().strip())
        .isEqualTo(row.get("greedy_text").asText().strip());
    assertThat(answer.get("prompt_tokens").asInt()).isEqualTo(row.get("prompt_ids").size());
  }

  private CommandRun echo(String input, String... arguments) {
    return CommandRun.withInput(config -> engine, input, arguments);
  }
}

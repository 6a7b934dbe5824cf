package dev.swiftkv.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.spark.FakeEngines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Evaluations of an engine that answers {@code C(prompt)}. */
class EvaluateCommandTest {
  private static final String TABLE =
      """
      {"prompt":"a; b","truth":"C(a; b)","task":"x"}
      {"prompt":"c; d","truth":"C(c; e)","task":"y"}
      {"prompt":"fail","truth":"C(fail)","task":"y"}
      {"prompt":null,"truth":"not asked","task":"y"}
      {"prompt":"f","truth":"C(f)","task":"x"}
      """;

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int evaluate(String table, Object... arguments) throws IOException {
    FakeEngines.reset();
    Path data = Files.writeString(folder.resolve("table.jsonl"), table);
    List<String> all = new ArrayList<>(List.of("evaluate", "--data", data.toString()));
    Arrays.stream(arguments).map(Object::toString).forEach(all::add);
    all.add("--conf=spark.swiftkv.engineProvider=" + FakeEngines.class.getName());
    all.add("--master=local[2]");
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(all.toArray(String[]::new));
  }

  @Test
  void scoresEveryModelAndWritesTheReport() throws IOException {
    Path report = folder.resolve("report");
    assertThat(
            evaluate(
                TABLE,
                "-m=demo",
                "-m=delay-1",
                "--by=task",
                "--field-delimiter=; ",
                "--divergence-rows=0",
                "-o=" + report))
        .as(err.toString())
        .isZero();
    JsonNode json = new ObjectMapper().readTree(report.resolve("report.json").toFile());
    assertThat(json.path("rows").asInt()).isEqualTo(4);
    assertThat(json.path("models")).hasSize(2);
    JsonNode second = json.path("models").path(1);
    assertThat(second.path("model").asText()).isEqualTo("delay-1");
    assertThat(second.path("exact_match").asDouble()).isEqualTo(0.5);
    assertThat(second.path("agreement").asDouble()).isEqualTo(0.75);
    assertThat(second.path("failed_rows").asInt()).isEqualTo(1);
    assertThat(second.path("fields").path("part 1").path("right").asInt()).isEqualTo(2);
    assertThat(second.path("fields").path("part 2").path("right").asInt()).isEqualTo(1);
    assertThat(second.path("groups").path("x").path("share").asDouble()).isEqualTo(1);
    assertThat(second.path("groups").path("y").path("share").asDouble()).isZero();
    assertThat(second.has("divergence")).isFalse();
    assertThat(Files.readString(report.resolve("report.md")))
        .contains("| exact match | 0.500 | 0.500 |", "| part 2 | 0.500 of 2 | 0.500 of 2 |")
        .contains("![accuracy](accuracy.svg)");
    assertThat(report.resolve("accuracy.svg")).isNotEmptyFile();
    assertThat(report.resolve("speed.svg")).isNotEmptyFile();
    List<String> answers = Files.readAllLines(report.resolve("answers.jsonl"));
    assertThat(answers).hasSize(4);
    JsonNode failed = new ObjectMapper().readTree(answers.get(2));
    assertThat(failed.path("truth").asText()).isEqualTo("C(fail)");
    assertThat(failed.path("answers").path("demo").isNull()).isTrue();
    JsonNode given = new ObjectMapper().readTree(answers.get(0));
    assertThat(given.path("answers").path("delay-1").asText()).isEqualTo("C(a; b)");
    assertThat(out.toString()).contains("| agreement | 0.750 | 0.750 |", "written to " + report);
  }

  @Test
  void refusesWhatCannotBeEvaluated() throws IOException {
    String output = "-o=" + folder.resolve("report");
    assertThat(evaluate(TABLE, "-m=demo", output, "--truth=answer")).isNotZero();
    assertThat(err.toString())
        .contains("The data has no column answer: set --truth to one of prompt, task, truth");
    assertThat(evaluate("{\"prompt\":null,\"truth\":\"a\"}", "-m=demo", output)).isNotZero();
    assertThat(err.toString())
        .contains("has no row with both prompt and truth; at least 1 is needed");
    assertThat(evaluate(TABLE, "-m=demo", "-m=demo", output)).isNotZero();
    assertThat(err.toString()).contains("--model names a model twice (demo, demo)");
    assertThat(evaluate(TABLE, "-m=demo", output, "--divergence-rows=-1")).isNotZero();
    assertThat(err.toString()).contains("--divergence-rows must be at least 0, got -1");
    Path file = Files.writeString(folder.resolve("taken"), "");
    assertThat(evaluate(TABLE, "-m=demo", "-o=" + file)).isNotZero();
    assertThat(err.toString()).contains(file + " is a file: name a directory");
    assertThat(folder.resolve("report")).doesNotExist();
  }

  @Test
  void aModelThatAnswersNothingIsAnError() throws IOException {
    assertThat(
            evaluate(
                "{\"prompt\":\"fail\",\"truth\":\"a\"}",
                "-m=demo",
                "--divergence-rows=0",
                "-o=" + folder.resolve("report")))
        .isNotZero();
    assertThat(err.toString())
        .contains("Model demo answered none of the 1 rows; the first says: INVALID_PROMPT");
  }
}

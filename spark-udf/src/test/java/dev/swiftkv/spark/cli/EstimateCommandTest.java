package dev.swiftkv.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code swiftkv estimate} with the tokenizer of the demonstration model. */
class EstimateCommandTest {
  private static final Path MODEL = Sessions.demonstrationModel();

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int estimate(String... arguments) {
    FakeEngines.reset();
    List<String> all = new ArrayList<>(List.of("estimate", "--model=" + MODEL));
    all.addAll(List.of(arguments));
    all.add("--conf=spark.swiftkv.engineProvider=" + FakeEngines.class.getName());
    all.add("--master=local[2]");
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    int code = command.execute(all.toArray(String[]::new));
    assertThat(FakeEngines.all()).isEmpty();
    return code;
  }

  @Test
  void printsEachCallAndTheSum() {
    int code =
        estimate(
            "--tokens-per-second=100",
            "--max-tokens=10",
            "-e",
            "CREATE TEMPORARY VIEW v AS SELECT concat('it''s ', id % 5) AS x FROM range(20);"
                + "SELECT ai_gen(x), ai_query('%s', concat('no\\\\', x)) FROM v".formatted(MODEL));

    assertThat(code).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("ai_gen of " + MODEL, "ai_query of " + MODEL)
        .contains("5, for 20 rows with 5 different ones")
        .contains(", counted")
        .contains("about 50, at most 50")
        .contains("s at 100 tokens/s")
        .contains("all calls", "  prompts            10");
  }

  @Test
  void saysWhatIsMissingForATime() {
    assertThat(estimate("-e", "SELECT ai_gen('a')")).isZero();

    assertThat(out.toString())
        .contains("unknown, as is the model's speed")
        .doesNotContain("all calls");
  }

  @Test
  void saysThatNothingIsAsked() {
    assertThat(estimate("-e", "SELECT 1")).isZero();

    assertThat(out.toString()).contains("calls no AI function");
  }

  @Test
  void refusesWhatIsNoQuery() {
    assertThat(estimate("-e", "SELECT ai_gen(x FROM t")).isNotZero();
    assertThat(err.toString()).contains("PARSE_SYNTAX_ERROR").doesNotContain("\tat ");
    assertThat(estimate("-e", "SET a = b")).isNotZero();
    assertThat(err.toString()).contains("no query to estimate");
    assertThat(estimate("-e", "DROP TABLE t")).isNotZero();
    assertThat(err.toString()).contains("ai_estimate takes a query");
  }
}

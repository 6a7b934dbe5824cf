package dev.swiftkv.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Whole jobs over an engine that answers {@code C(prompt)}. */
class RunCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int swiftkv(Object... arguments) {
    FakeEngines.reset();
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>();
    Arrays.stream(arguments).map(Object::toString).forEach(all::add);
    if (List.of("run", "sql").contains(all.get(0))) {
      all.add("--conf=spark.swiftkv.engineProvider=" + FakeEngines.class.getName());
      all.add("--master=local[2]");
    }
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(all.toArray(String[]::new));
  }

  private Path table(int rows) throws IOException {
    return Files.writeString(
        folder.resolve("table.jsonl"),
        IntStream.range(0, rows)
            .mapToObj(
                i ->
                    "{\"id\":%d,\"text\":\"%s\",\"truth\":\"C(%s%d)\"}\n"
                        .formatted(i, i == 3 ? "fail" : "t" + i, "t", i % 2 == 0 ? i : -1))
            .collect(Collectors.joining()));
  }

  private static List<String> lines(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        if (file.getFileName().toString().startsWith("part-")) {
          lines.addAll(Files.readAllLines(file));
        }
      }
    }
    return lines;
  }

  @Test
  void printsTheFirstRowsAndASummary() throws IOException {
    assertThat(swiftkv("run", "-i", table(12), "-p", "text", "--rows", 4)).isZero();
    assertThat(out.toString().lines().toList())
        .containsSequence(
            "id  completion  truth   error",
            "──  ──────────  ──────  ────────────────────────────",
            "0   C(t0)       C(t0)   NULL",
            "1   C(t1)       C(t-1)  NULL",
            "2   C(t2)       C(t2)   NULL",
            "3   NULL        C(t-1)  INVALID_PROMPT: It says fail",
            "");
    assertThat(out.toString())
        .containsPattern("rows +12 in [0-9.]+ s, 1 failed, none without prompt")
        .containsPattern("\n +1 INVALID_PROMPT\n")
        .containsPattern("prompt tokens +12, 11 of them cached, ")
        .containsPattern("completion tokens +33, ")
        .containsPattern("exact match +0.500, 6 of 12 rows");
    assertThat(FakeEngines.byModel("demo").asked).as("no prompt twice").hasSize(12);
  }

  @Test
  void writesEveryRowInOrderWhateverThePartitions() throws IOException {
    Path table = table(40);
    List<String> first = null;
    for (int partitions : new int[] {0, 1, 3, 7}) {
      Path output = folder.resolve("done" + partitions);
      assertThat(
              swiftkv(
                  "run",
                  "-i",
                  table,
                  "-p",
                  "{{{text}}}",
                  "-o",
                  output,
                  "--output-format",
                  "jsonl",
                  "--partitions",
                  partitions))
          .as(err.toString())
          .isZero();
      List<String> written = lines(output);
      assertThat(written).hasSize(40);
      assertThat(written.get(11)).startsWith("{\"id\":11,").contains("\"completion\":\"C({t11})\"");
      assertThat(first == null ? written : first).isEqualTo(written);
      first = written;
    }
    assertThat(out.toString()).contains("written to").doesNotContain("id  completion");
  }

  @Test
  void keepsTheOrderOfFiles() throws IOException {
    Path input = Files.createDirectory(folder.resolve("parts"));
    // Spark would read the largest file first.
    Files.writeString(input.resolve("a.txt"), "a1\n");
    Files.writeString(input.resolve("b.txt"), "b1\n" + "b2".repeat(500) + "\nb3\n");
    Files.writeString(input.resolve("c.txt"), "c1\nc2\n");
    Path output = folder.resolve("texts");
    assertThat(swiftkv("run", "-i", input, "-f", "text", "-o", output, "--output-format", "text"))
        .as(err.toString())
        .isZero();
    assertThat(lines(output))
        .containsExactly(
            "C(a1)", "C(b1)", "C(" + "b2".repeat(500) + ")", "C(b3)", "C(c1)", "C(c2)");
  }

  @Test
  void readsAndWritesCsv() throws IOException {
    Path csv =
        Files.writeString(
            folder.resolve("in.csv"),
            "who,question\nAnn,\"why, \"\"Bob\"\"?\"\nEve,\"two\nlines\"\n");
    Path output = folder.resolve("out.csv");
    assertThat(swiftkv("run", "-i", csv, "-p", "{question}", "-o", output, "--max-tokens", 9))
        .as(err.toString())
        .isZero();
    assertThat(String.join("\n", lines(output)))
        .contains("who,question,completion,finish_reason,prompt_tokens")
        .contains("Ann,\"why, \"\"Bob\"\"?\",\"C(why, \"\"Bob\"\"?)\",stop,2,1,3,")
        .contains("\"C(two\nlines)\"");
    assertThat(FakeEngines.byModel("demo").maxTokens).hasValue(9);
  }

  @Test
  void readsAndWritesColumnsBetweenTabs() throws IOException {
    Path tsv = Files.writeString(folder.resolve("in.tsv"), "who\tquestion\nAnn\twhy, Bob?\n");
    Path output = folder.resolve("out.tsv");
    assertThat(swiftkv("run", "-i", tsv, "-p", "{who}: {question}", "-o", output))
        .as(err.toString())
        .isZero();
    assertThat(lines(output).get(0)).startsWith("who\tquestion\tcompletion\t");
    assertThat(lines(output).get(1)).startsWith("Ann\twhy, Bob?\tC(Ann: why, Bob?)\tstop\t");
  }

  @Test
  void refusesToOverwrite() throws IOException {
    Path table = table(2);
    Path output = Files.createDirectory(folder.resolve("there"));
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-o", output)).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "swiftkv: The output %s exists: add --overwrite, or write elsewhere".formatted(output));
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-o", folder, "--overwrite")).isEqualTo(2);
    assertThat(err.toString()).contains("would overwrite the input");
    assertThat(table).exists();
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-o", output, "--overwrite")).isZero();
  }

  @Test
  void aFailedJobLeavesNoOutputBehind() throws IOException {
    Path table = table(2);
    Path output = folder.resolve("failed");
    assertThat(swiftkv("run", "-i", table, "-p", "crash {text}", "-o", output)).isEqualTo(1);
    assertThat(output).doesNotExist();
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-o", output)).isZero();
  }

  @Test
  void errorsAreOneLineAndARemedy() throws IOException {
    Path table = table(2);
    assertThat(swiftkv("run", "-i", table)).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "swiftkv: The input has no column prompt: say --prompt with a column or a template."
                + " Columns: id, text, truth");
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-f", "jason")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("swiftkv: Option --format names no data source of this Spark: 'jason'.");
    assertThat(swiftkv("run", "-i", folder.resolve("absent.jsonl"))).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains("absent.jsonl");
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-m", "absent")).isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly("swiftkv: No model at absent; set spark.swiftkv.model");
    assertThat(swiftkv("run", "-i", table, "-p", "text", "--temperature", "warm")).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains("temperature");
    assertThat(swiftkv("run", "-i", table, "-p", "text", "-m", "absent", "--stacktrace"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("\tat dev.swiftkv");
  }

  @Test
  void wrongUseEndsWithTwo() {
    assertThat(swiftkv("rum")).isEqualTo(2);
    assertThat(err.toString()).contains("swiftkv run");
    assertThat(swiftkv("run", "--modle", "demo")).isEqualTo(2);
    assertThat(err.toString()).startsWith("swiftkv: Unknown option");
    assertThat(swiftkv("complete", "-p", "x", "--seed", "1", "--seed=2")).isEqualTo(2);
    assertThat(err.toString()).startsWith("swiftkv: --seed is given twice.");
    assertThat(swiftkv("--help")).isZero();
    assertThat(out.toString()).contains("To begin with:", "run", "sql");
  }

  @Test
  void sqlRunsStatements() {
    assertThat(
            swiftkv(
                "sql",
                "-e",
                "CREATE TEMPORARY VIEW v AS SELECT 'x' AS p; SELECT ai_gen(p) AS c FROM v;",
                "--max-tokens",
                7))
        .as(err.toString())
        .isZero();
    assertThat(out.toString().lines().limit(3)).containsExactly("c", "────", "C(x)");
    assertThat(FakeEngines.byModel("demo").maxTokens).hasValue(7);
    assertThat(swiftkv("sql", "-e", "EXPLAIN SELECT ai_gen(p) FROM VALUES ('x') v(p)")).isZero();
    assertThat(out.toString().lines().toList())
        .startsWith("== Physical Plan ==")
        .anyMatch(line -> line.matches("\\W+ AiEval \\[ai_gen\\(p#\\d+\\) of demo AS .*"));
    assertThat(swiftkv("sql", "-e", "SELECT nothing")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains("nothing");
  }
}

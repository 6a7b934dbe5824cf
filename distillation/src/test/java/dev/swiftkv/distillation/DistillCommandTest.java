package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Whole commands over a tiny model. */
class DistillCommandTest {
  private static final String TWO_ROWS =
      "{\"prompt\":\"first\",\"completion\":\" a\"}\n{\"prompt\":\"second\"}\n";

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path base;
  private Path output;

  @BeforeEach
  void makeBase() {
    base = TinyModels.make(folder, "llama", /* tied */ true);
    output = folder.resolve("converted");
  }

  private int distill(String data, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "distill",
                "--model=" + base,
                "--output=" + output,
                "--data=" + data,
                "--threads=1",
                "--steps=3",
                "--max-tokens=6",
                "--key-value-layers=2"));
    all.addAll(Arrays.asList(arguments));
    CommandLine command = DistillationMain.commandLine();
    command.setOverwrittenOptionsAllowed(true);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(all.toArray(String[]::new));
  }

  private String table(String rows) throws IOException {
    return Files.writeString(folder.resolve("table.jsonl"), rows).toString();
  }

  @Test
  void trainsOnGivenAnswersAndOnThoseOfTheModel() throws IOException {
    assertThat(distill(table(TWO_ROWS), "--group=2")).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("answered   1 of 1 prompts by the model")
        .contains("2 documents", "1 answered by the model, 0 skipped, 0 cut")
        .contains("step 3 of 3", "written to " + output);
    ModelConfig converted = ModelConfig.read(output);
    assertThat(converted.keyValueLayers()).isEqualTo(2);
    assertThat(converted.keyValueGroupSize()).isEqualTo(2);
    assertThat(output.resolve("tokenizer.json")).isRegularFile();
    assertThat(folder.resolve("converted.states")).doesNotExist();
  }

  @Test
  void readsATableOfTheCatalog() throws IOException {
    SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    spark.read().json(table(TWO_ROWS)).createOrReplaceTempView("two_rows");
    assertThat(distill("two_rows")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("2 documents");
  }

  @Test
  void aPromptBeyondTheContextIsAnErrorSkippedOrCut() throws IOException {
    String data =
        table(
            "{\"prompt\":\"short\",\"completion\":\"a\"}\n{\"prompt\":\"%s\"}\n"
                .formatted("x".repeat(400)));
    assertThat(distill(data)).isNotZero();
    assertThat(err.toString())
        .containsPattern(
            "A prompt has [34][0-9]+ tokens; 250 fit, since the context has 256 and 6 are kept for"
                + " the answer. Set --on-long-prompt to skip or cut");
    assertThat(output).doesNotExist();
    assertThat(distill(data, "--on-long-prompt=skip")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("1 documents", "1 skipped, 0 cut");
    output = folder.resolve("cut");
    assertThat(distill(data, "--on-long-prompt=cut")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("2 documents", "0 skipped, 1 cut");
    assertThat(distill(data, "--on-long-prompt=drop", "--output=" + folder.resolve("no")))
        .isNotZero();
    assertThat(err.toString()).contains("--on-long-prompt is drop. Use one of [error, skip, cut]");
    assertThat(distill(data, "--max-tokens=256", "--output=" + folder.resolve("no"))).isNotZero();
    assertThat(err.toString())
        .contains(
            "--max-tokens 256 leaves no room for a prompt: the model's context has 256 tokens");
  }

  @Test
  void aTableWithoutWhatIsNeededIsRefused() throws IOException {
    assertThat(distill(table(""), "--format=text", "--prompt-column=value")).isNotZero();
    assertThat(err.toString()).contains("table.jsonl has 0 rows; at least 1 is needed");
    assertThat(distill(table("{\"prompt\":null,\"a\":1}\n"))).isNotZero();
    assertThat(err.toString())
        .contains("The data has 1 rows and none can be learned from (1 without a fitting prompt)");
    assertThat(distill(table(TWO_ROWS), "--prompt-column=question")).isNotZero();
    assertThat(err.toString())
        .contains(
            "The data has no column question: set --prompt-column to one of completion, prompt");
    assertThat(distill(table(TWO_ROWS), "--completion-column=answer")).isNotZero();
    assertThat(err.toString())
        .contains(
            "The data has no column answer: set --completion-column to one of completion, prompt");
    assertThat(output).doesNotExist();
  }

  @Test
  void aTokenizerOfAnotherModelIsRefused() throws IOException {
    Path other = TinyModels.make(folder.resolve("other"), "llama", true, 400, DType.F32);
    Files.copy(
        other.resolve("tokenizer.json"),
        base.resolve("tokenizer.json"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    // The larger vocabulary has tokens for pieces that the smaller one spells in bytes.
    String everything = "the quick brown fox in an order that he and she are on at it to of is as";
    assertThat(distill(table("{\"prompt\":\"%s\",\"completion\":\"a\"}".formatted(everything))))
        .isNotZero();
    assertThat(err.toString())
        .containsPattern(
            "The tokenizer gives token 3[0-9]+, the model's vocabulary has ids 0 to 299. Put the"
                + " tokenizer.json that came with the weights beside them");
  }

  @Test
  void anOutputThatCannotBeWrittenIsRefusedBeforeAnyWork() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(distill(table(TWO_ROWS), "--output=" + file.resolve("converted"))).isNotZero();
    assertThat(err.toString())
        .contains("--output " + file.resolve("converted") + " cannot be written")
        .contains("Choose a directory that you may write to");
    assertThat(out.toString()).doesNotContain("documents");
  }

  @Test
  void optionsOutOfRangeAreRefused() throws IOException {
    String data = table(TWO_ROWS);
    assertThat(distill(data, "--lr=0")).isNotZero();
    assertThat(err.toString()).contains("--lr must be above 0, got 0.0");
    assertThat(distill(data, "--key-value-layers=7")).isNotZero();
    assertThat(err.toString())
        .contains("--key-value-layers must be in 1 to the model's 6 layers, got 7");
    assertThat(distill(data, "--group=3")).isNotZero();
    assertThat(err.toString()).contains("--group must divide the 4 later layers, got 3");
  }

  @Test
  void withoutAGpuTheCpuTrainsAndSaysWhy() throws IOException {
    assertThat(distill(table(TWO_ROWS), "--device=cuda")).as(err.toString()).isZero();
    if (!org.bytedeco.pytorch.global.torch.cuda_is_available()) {
      assertThat(out.toString()).contains("--device cuda: ", "training on the CPU");
    }
  }
}

package dev.swiftkv.spark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The source over an engine that echoes its prompts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SwiftKvSourceTest {
  @TempDir static Path folder;
  private SparkSession spark;
  private String threads;

  @BeforeAll
  void start() throws IOException {
    spark = Sessions.open();
    threads =
        Files.writeString(
                folder.resolve("threads.jsonl"),
                """
                {"id": 1, "text": "one", "who": {"name": "Ann"}, "tags": ["a"], "prompt": "p1"}
                {"id": 2, "text": null, "who": {"name": "Bob"}, "tags": ["b"], "prompt": "p2"}
                {"id": 3, "text": "three", "who": {"name": "Eve"}, "tags": [], "prompt": "p3"}
                """)
            .toString();
  }

  @AfterAll
  void stop() {
    spark.stop();
  }

  private DataFrameReader source() {
    return spark.read().format("swiftkv");
  }

  @Test
  void addsTheColumnsOfACompletion() {
    assertThat(source().load(threads).schema().fieldNames())
        .containsExactly(
            "id",
            "prompt",
            "tags",
            "text",
            "who",
            "completion",
            "finish_reason",
            "prompt_tokens",
            "cached_tokens",
            "completion_tokens",
            "error");
    assertThat(source().load(threads).where("id = 2").select("completion", "prompt_tokens").first())
        .isEqualTo(RowFactory.create("C(p2)", 1));
  }

  @Test
  void fillsTemplatesAndNullColumnsGiveNullPrompts() {
    List<Row> rows =
        source()
            .option("prompt", "{who.name}: {TEXT} {tags} {{}}")
            .option("model", "other")
            .option("max_tokens", "5")
            .load(threads)
            .select("completion", "finish_reason")
            .collectAsList();
    assertThat(rows)
        .containsExactly(
            RowFactory.create("C(Ann: one [\"a\"] {})", "stop"),
            RowFactory.create(null, null),
            RowFactory.create("C(Eve: three [] {})", "stop"));
    assertThat(FakeEngines.byModel("other").maxTokens).hasValue(5);
  }

  @Test
  void columnsThatAreNotSelectedAreNotPlanned() {
    String plan = source().load(threads).select("id").queryExecution().optimizedPlan().toString();
    assertThat(plan).doesNotContain("ai_query", "_swiftkv_record");
  }

  @Test
  void passesOptionsOn() throws IOException {
    Path csv = Files.writeString(folder.resolve("a.csv"), "id;question\n7;why\n");
    Row row =
        source()
            .option("source.format", "csv")
            .option("source.header", "true")
            .option("source.sep", ";")
            .option("prompt", "question")
            .load(csv.toString())
            .select("id", "completion")
            .first();
    assertThat(row).isEqualTo(RowFactory.create("7", "C(why)"));
  }

  @Test
  void worksFromSql() {
    spark.sql(
        "CREATE OR REPLACE TEMPORARY VIEW answers USING swiftkv OPTIONS (path '%s', prompt 'text')"
            .formatted(threads));
    assertThat(spark.sql("SELECT a.completion FROM answers a JOIN answers b USING (id)").count())
        .isEqualTo(3);
    assertThat(spark.sql("SELECT completion FROM swiftkv.`%s`".formatted(threads)).first())
        .isEqualTo(RowFactory.create("C(p1)"));
    spark.sql(
        "CREATE TABLE answer_table USING swiftkv OPTIONS (path '%s', prompt 'text')"
            .formatted(threads));
    assertThat(spark.sql("SELECT completion FROM answer_table WHERE id = 1").collectAsList())
        .containsExactly(RowFactory.create("C(one)"));
    spark.sql("DROP TABLE answer_table");
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    refuses(Map.of("prompt", "{txt}"), threads, "takes {txt}", "Columns: id, prompt, tags, text");
    refuses(Map.of("prompt", "{who.age}"), threads, "takes {who.age}");
    refuses(Map.of("prompt", "summarize"), threads, "neither a column of the table nor");
    refuses(Map.of("prompt", "{text"), threads, "has a { without }");
    refuses(Map.of("source.format", "jsonx"), threads, "source.format", "'jsonx'");
    assertThatThrownBy(() -> source().load())
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("no path to read parquet from");
    Path clash = Files.writeString(folder.resolve("clash.json"), "{\"prompt\":1,\"Error\":2}\n");
    refuses(Map.of(), clash.toString(), "has a column Error already", "rename it");
  }

  private void refuses(Map<String, String> options, String path, String... message) {
    assertThatThrownBy(() -> source().options(options).load(path))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContainingAll(message);
  }
}

package dev.swiftkv.spark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The source over an engine that answers {@code C(prompt)}. */
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
                {"id": 3, "text": "three", "who": {"name": "Eve"}, "tags": [], "prompt": "fail"}
                """)
            .toString();
  }

  @AfterAll
  void stop() {
    spark.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
  }

  private DataFrameReader source() {
    return spark.read().format("swiftkv");
  }

  private static List<String> asked() {
    List<String> all = new ArrayList<>();
    for (FakeEngine engine : FakeEngines.all()) {
      all.addAll(engine.sortedPrompts());
    }
    return all;
  }

  @Test
  void addsTheColumnsOfACompletion() {
    Dataset<Row> rows = source().load(threads);
    assertThat(rows.schema().fieldNames())
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
    assertThat(
            rows.selectExpr(
                    "completion",
                    "finish_reason",
                    "prompt_tokens",
                    "cached_tokens",
                    "completion_tokens",
                    "error")
                .collectAsList())
        .containsExactly(
            RowFactory.create("C(p1)", "stop", 1, 1, 3, null),
            RowFactory.create("C(p2)", "stop", 1, 1, 3, null),
            RowFactory.create(null, "error", 1, 0, 0, "INVALID_PROMPT: It says fail"));
    assertThat(asked()).as("one call a row, whatever is selected").hasSize(3);
  }

  @Test
  void fillsTemplatesAndNullColumnsGiveNullPrompts() {
    List<Row> rows =
        source()
            .option("prompt", "{who.name}: {TEXT} {tags} {{}}")
            .option("model", "other")
            .option("maxTokens", "5")
            .load(threads)
            .select("completion", "finish_reason", "prompt_tokens")
            .collectAsList();
    assertThat(rows)
        .containsExactly(
            RowFactory.create("C(Ann: one [\"a\"] {})", "stop", 4),
            RowFactory.create(null, null, null),
            RowFactory.create("C(Eve: three [] {})", "stop", 4));
    assertThat(FakeEngines.byModel("other").maxTokens).hasValue(5);
  }

  @Test
  void columnsThatAreNotReadCostNothing() {
    Dataset<Row> rows = source().option("prompt", "text").load(threads);
    assertThat(rows.count()).isEqualTo(3);
    assertThat(rows.select("id").where("id > 1").count()).isEqualTo(2);
    assertThat(asked()).isEmpty();
  }

  @Test
  void filtersReachTheInnerScan() {
    Path parquet = folder.resolve("threads.parquet");
    spark
        .range(100)
        .selectExpr("id", "concat('p', id) AS prompt", "id % 7 AS unused")
        .write()
        .mode("overwrite")
        .parquet(parquet.toString());
    Dataset<Row> few = source().load(parquet.toString()).where("id = 3").select("id", "completion");
    assertThat(few.collectAsList()).containsExactly(RowFactory.create(3L, "C(p3)"));
    assertThat(asked()).containsExactly("p3");
    few.createOrReplaceTempView("few");
    String plan = spark.sql("EXPLAIN SELECT completion FROM few").first().getString(0);
    assertThat(plan).contains("EqualTo(id,3)", "ReadSchema: struct<id:bigint,prompt:string>");
  }

  @Test
  void limitsAskNoMorePromptsThanRows() {
    assertThat(source().load(threads).limit(2).collectAsList()).hasSize(2);
    assertThat(asked()).hasSize(2);
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
    spark.sql(
        "CREATE TABLE answer_table USING swiftkv OPTIONS (path '%s', prompt 'text')"
            .formatted(threads));
    try {
      assertThat(spark.sql("SELECT completion FROM answer_table WHERE id = 1").collectAsList())
          .containsExactly(RowFactory.create("C(one)"));
    } finally {
      spark.sql("DROP TABLE answer_table");
    }
  }

  @Test
  void readsAPathNamedInSql() {
    assumeFalse(spark.version().startsWith("3."), "Spark 3.5 refuses before our rules run");
    String from = "FROM swiftkv.`%s`".formatted(threads);
    assertThat(spark.sql("SELECT completion " + from + " WHERE id = 1").collectAsList())
        .containsExactly(RowFactory.create("C(p1)"));
    assertThat(spark.sql("SELECT completion " + from + " WITH (prompt = '{id}!') LIMIT 1").first())
        .isEqualTo(RowFactory.create("C(1!)"));
    assertThatThrownBy(() -> spark.sql("SELECT completion FROM swiftkv.`absent/a.jsonl`"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("absent/a.jsonl");
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    refuses(Map.of("prompt", "{txt}"), threads, "takes {txt}", "Columns: id, prompt, tags, text");
    refuses(Map.of("prompt", "{who.age}"), threads, "takes {who.age}");
    refuses(Map.of("prompt", "summarize"), threads, "neither a column of the table nor");
    refuses(Map.of("prompt", "{text"), threads, "has a { without }");
    refuses(Map.of("source.format", "jsonx"), threads, "source.format", "'jsonx'");
    refuses(Map.of("max_token", "5"), threads, "max_token", "max_tokens");
    refuses(Map.of("temperature", "-1"), threads, "temperature");
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

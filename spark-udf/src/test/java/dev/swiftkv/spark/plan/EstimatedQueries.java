package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.tokenizer.TokenCounters;
import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Estimates of queries over one table against what the queries then ask of a fake engine, counted
 * by the tokenizer of the demonstration model.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EstimatedQueries {
  static final Path MODEL = Sessions.demonstrationModel();

  /** 300 rows of 100 texts. */
  private static final String TABLE =
      "SELECT id, id % 100 AS k, concat('order ', id % 100, repeat(' leaks water', id % 100 % 7)) AS x,"
          + " id % 10 = 0 AS flag FROM range(0, 300, 1, 3)";

  /** The same model where no query of a test asks it, so that no answer of it was measured. */
  String unmeasured;

  SparkSession session;

  @BeforeAll
  void open(@TempDir Path folder) throws IOException {
    unmeasured = Files.createSymbolicLink(folder.resolve("unmeasured"), MODEL).toString();
    session = Sessions.open();
    session.conf().set("spark.swiftkv.model", MODEL.toString());
    session.sql("CREATE OR REPLACE TEMPORARY VIEW t AS " + TABLE);
    session.sql("CREATE OR REPLACE TEMPORARY VIEW answers AS SELECT k, ai_gen(x) AS a FROM t");
  }

  @AfterAll
  void close() {
    session.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
  }

  List<Row> estimate(String query) {
    List<Row> rows =
        session
            .sql("SELECT * FROM ai_estimate('%s')".formatted(query.replace("'", "\\'")))
            .collectAsList();
    assertThat(FakeEngines.all()).as("engines asked by the estimate").isEmpty();
    return rows;
  }

  static Object value(Row row, String column) {
    return row.get(row.fieldIndex(column));
  }

  static long number(Row row, String column) {
    return ((Number) value(row, column)).longValue();
  }

  static long sum(List<Row> rows, String column) {
    return rows.stream().mapToLong(row -> number(row, column)).sum();
  }

  /** Runs a query. */
  Collection<String> asked(String query) {
    session.sql(query).collectAsList();
    FakeEngine engine = FakeEngines.byModel(MODEL.toString());
    return engine == null ? List.of() : engine.asked;
  }

  static long tokens(Collection<String> prompts) {
    return prompts.stream().mapToLong(prompt -> TokenCounters.shared().count(MODEL, prompt)).sum();
  }

  /** The texts of the table, each once. */
  List<String> texts() {
    return session.sql("SELECT DISTINCT x FROM t").collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
  }
}

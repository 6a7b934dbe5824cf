package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.RandomTexts;
import dev.swiftkv.spark.Sessions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Texts of every kind through every function: no row is lost, none fails the job, and two runs
 * agree, however the rows are spread.
 */
class FunctionsFuzzTest {
  private static final int ROWS = 10_000;
  private static final Path MODEL = Sessions.demonstrationModel();

  /** Each gives a record. */
  private static final List<String> CALLS =
      List.of(
          "ai_query('m', x, failOnError => false)",
          "ai_query('m', x, returnType => 'STRUCT<a: INT, b: ARRAY<DATE>>', failOnError => false)",
          "ai_gen(x, failOnError => false)",
          "ai_summarize(x, failOnError => false)",
          "ai_classify(x, array('a', 'b'), failOnError => false)",
          "ai_classify(x, array('a', 'b'), multiLabel => true, failOnError => false)",
          "ai_extract(x, array('a', 'b'), failOnError => false)",
          "ai_translate(x, to_lang => x, failOnError => false)",
          "ai_fix_grammar(x, failOnError => false)",
          "ai_mask(x, array('a'), failOnError => false)",
          "ai_analyze_sentiment(x, failOnError => false)",
          "ai_filter(x, x, failOnError => false)",
          "ai_score(x, x, failOnError => false)");

  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    List<Row> rows = new ArrayList<>();
    RandomTexts texts = new RandomTexts(/* seed */ 1);
    for (int i = 0; i < ROWS; i++) {
      rows.add(RowFactory.create(i, texts.next()));
    }
    StructType schema =
        new StructType().add("id", DataTypes.IntegerType).add("bytes", DataTypes.BinaryType);
    session
        .createDataFrame(rows, schema)
        .selectExpr("id", "CAST(bytes AS STRING) x")
        .createOrReplaceTempView("texts");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @Test
  void everyRowOfEveryFunctionHasAValueOrAnErrorTwiceTheSame() {
    List<Row> once = run(3);
    List<Row> again = run(7);

    assertThat(once).hasSize(ROWS).isEqualTo(again);
    for (Row row : once) {
      for (int call = 0; call < CALLS.size(); call++) {
        assertThat(row.getString(call + 2)).as("%s of row %s", CALLS.get(call), row).isEqualTo("");
      }
    }
    assertThat(FakeEngines.HELD).hasValue(0);
  }

  /** For each row a hash of all values, and for each call what is wrong with it. */
  private static List<Row> run(int partitions) {
    FakeEngines.reset();
    List<String> calls = new ArrayList<>(List.of("id", "x"));
    List<String> hashed = new ArrayList<>();
    List<String> checks = new ArrayList<>();
    for (int i = 0; i < CALLS.size(); i++) {
      calls.add("%s c%d".formatted(CALLS.get(i), i));
      hashed.add("c" + i);
      checks.add(
          """
          CASE WHEN x IS NULL AND c%1$d IS NOT NULL THEN 'a record without a text'
            WHEN x IS NOT NULL AND c%1$d IS NULL THEN 'no record'
            WHEN x IS NULL THEN ''
            WHEN (c%1$d.result IS NULL) <> (c%1$d.error IS NOT NULL) THEN 'neither value nor error'
            WHEN c%1$d.error IS NOT NULL AND NOT startswith(x, 'fail') THEN c%1$d.error
            ELSE '' END e%1$d
          """
              .formatted(i));
    }
    List<String> columns = new ArrayList<>(List.of("id"));
    columns.add("xxhash64(%s) h".formatted(String.join(", ", hashed)));
    columns.addAll(checks);
    return session
        .table("texts")
        .repartition(partitions)
        .selectExpr(calls.toArray(String[]::new))
        .selectExpr(columns.toArray(String[]::new))
        .orderBy("id")
        .collectAsList();
  }

  @Test
  void answersAreThoseOfTheirRows() {
    FakeEngines.reset();
    Dataset<Row> answers =
        session
            .table("texts")
            .repartition(5)
            .selectExpr(
                "x",
                "ai_gen(x) a",
                "ai_fix_grammar(x) g",
                "transform(array(x), t -> ai_gen(t))[0] t")
            // The fake engine reads prompts as Java's strings, which hold nothing else.
            .where("is_valid_utf8(x)");

    assertThat(answers.count()).isGreaterThan(ROWS / 2);
    assertThat(
            answers
                .where(
                    "NOT a <=> CASE WHEN NOT startswith(x, 'fail') THEN concat('C(', x, ')') END")
                .count())
        .isZero();
    assertThat(answers.where("NOT t <=> a").count()).isZero();
    assertThat(
            answers
                .where("x IS NOT NULL AND NOT contains(g, concat('Text:\\n', x, '\\n\\nCorr'))")
                .count())
        .isZero();
  }

  @Test
  void everyGroupHasTheAnswerAboutItsTexts() {
    FakeEngines.reset();
    Dataset<Row> groups =
        session
            .table("texts")
            .repartition(5)
            .groupBy(expr("id div 2 g"))
            .agg(
                expr("array_sort(collect_list(CAST(x AS BINARY))) xs"),
                expr("ai_agg(x, 'q', failOnError => false) a"),
                expr("ai_summarize_agg(x, failOnError => false) s"))
            .selectExpr(
                "a", "s", "xs", "concat_ws('\n\n', transform(xs, t -> CAST(t AS STRING))) joined")
            .cache();

    assertThat(groups.count()).isEqualTo(ROWS / 2);
    // A group of NULLs only has no answer, and every other one has.
    assertThat(groups.where("(a IS NULL) <> (size(xs) = 0)").count()).isZero();
    assertThat(groups.where("(s IS NULL) <> (size(xs) = 0)").count()).isZero();
    // A text that is not UTF-8 cannot be packed with others: the error of its group says so.
    String error =
        "is_valid_utf8(joined) = (%1$s.error IS NULL) AND (%1$s.error IS NULL OR"
            + " %1$s.error LIKE 'INVALID_PROMPT: %%UTF-8%%')";
    assertThat(groups.where("NOT (%s)".formatted(error.formatted("a"))).count()).isZero();
    assertThat(groups.where("NOT (%s)".formatted(error.formatted("s"))).count()).isZero();
    assertThat(groups.where("a.error IS NOT NULL").count()).isPositive();
    assertThat(groups.where("a IS NULL").count()).isPositive();
    Dataset<Row> readable = groups.where("a IS NOT NULL AND is_valid_utf8(joined)");
    assertThat(readable.count()).isGreaterThan(ROWS / 5);
    assertThat(
            readable.where("a.result <> concat('C(q\n\nTexts:\n', joined, '\n\nAnswer:)')").count())
        .isZero();
    groups.unpersist();
  }

  @Test
  void tokensOfEveryTextAreCounted() {
    Dataset<Row> counts =
        session
            .table("texts")
            .selectExpr(
                "x",
                "ai_count_tokens(x, '%s') n".formatted(MODEL),
                // What is not UTF-8 is read as replacement characters, of three bytes each.
                "octet_length(x) * IF(is_valid_utf8(x), 1, 3) bytes");

    assertThat(counts.where("(x IS NULL) <> (n IS NULL) OR n < 1 OR n > bytes + 1").count())
        .isZero();
    assertThat(counts.where("n IS NOT NULL").count()).isGreaterThan(ROWS / 2);
    assertThat(counts.where("n > 10").count()).isGreaterThan(ROWS / 10);
  }
}

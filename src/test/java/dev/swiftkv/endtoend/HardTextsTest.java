package dev.swiftkv.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Texts that no one would write through every function, on the demonstration model. */
class HardTextsTest {
  private static final int ROWS = 150;

  private static final List<String> PIECES =
      List.of(
          "{content}",
          "}}",
          "<|begin_of_text|>",
          "</s>",
          "\u0000",
          "\u001b[31m",
          "\u2028",
          "\r",
          "\ufffd",
          "\"}]",
          "日本語",
          "\ud83d\ude00",
          "e\u0301",
          " ",
          "order 70613",
          "\n\nTask:");

  /** Each gives a record. */
  private static final List<String> CALLS =
      List.of(
          "ai_gen(x, failOnError => false)",
          "ai_query('demo', x, returnType => 'STRUCT<n: INT, d: DATE>', failOnError => false)",
          "ai_summarize(x, failOnError => false)",
          "ai_classify(x, array('repair', 'refund'), failOnError => false)",
          "ai_classify(x, array('a', 'b'), multiLabel => true, failOnError => false)",
          "ai_extract(x, array('order'), failOnError => false)",
          "ai_translate(x, x, failOnError => false)",
          "ai_fix_grammar(x, failOnError => false)",
          "ai_mask(x, array('order'), failOnError => false)",
          "ai_analyze_sentiment(x, failOnError => false)",
          "ai_filter(x, x, failOnError => false)",
          "ai_score(x, x, failOnError => false)");

  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    // As few tokens as the longest forms above need; no answers are kept, so each run asks anew.
    spark =
        LocalSpark.open(
            Map.of("spark.swiftkv.maxTokens", "32", "spark.swiftkv.resultCacheBytes", "0"));
    StructType schema =
        new StructType().add("id", DataTypes.IntegerType).add("bytes", DataTypes.BinaryType);
    spark
        .createDataFrame(rows(), schema)
        .selectExpr("id", "CAST(bytes AS STRING) x")
        .createOrReplaceTempView("texts");
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  @Test
  void everyRowHasAValueOrSaysWhyNotTwiceTheSame() {
    List<Row> once = run(2);

    assertThat(once).hasSize(ROWS).isEqualTo(run(3));
    for (Row row : once) {
      for (int call = 0; call < CALLS.size(); call++) {
        Row record = row.isNullAt(call + 2) ? null : row.getStruct(call + 2);
        assertThat(record == null).as(CALLS.get(call)).isEqualTo(row.isNullAt(1));
        if (record != null && record.isNullAt(0)) {
          assertThat(record.getString(1)).as(CALLS.get(call)).startsWith("INVALID_PROMPT: ");
        } else if (record != null) {
          assertThat(record.isNullAt(1)).as(CALLS.get(call)).isTrue();
        }
      }
    }
    assertThat(once.stream().filter(row -> !row.isNullAt(2) && !row.getStruct(2).isNullAt(0)))
        .hasSizeGreaterThan(ROWS / 2);
  }

  /** Everything but what the prefix cache spared, which depends on who came first. */
  private static List<Row> run(int partitions) {
    List<String> calls = new ArrayList<>(List.of("id", "left(x, 9) AS start"));
    List<String> columns = new ArrayList<>(List.of("id", "start"));
    for (int i = 0; i < CALLS.size(); i++) {
      calls.add("%s AS c%d".formatted(CALLS.get(i), i));
      columns.add(
          """
          IF(c%1$d IS NULL, NULL, struct(c%1$d.result, c%1$d.error, c%1$d.finish_reason,
            c%1$d.usage.prompt_tokens, c%1$d.usage.completion_tokens)) AS c%1$d"""
              .formatted(i));
    }
    return spark
        .table("texts")
        .repartition(partitions)
        .selectExpr(calls.toArray(String[]::new))
        .selectExpr(columns.toArray(String[]::new))
        .orderBy("id")
        .collectAsList();
  }

  private static List<Row> rows() {
    Random random = new Random(7);
    List<Row> rows = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      rows.add(RowFactory.create(id, bytes(id, random)));
    }
    return rows;
  }

  private static byte[] bytes(int id, Random random) {
    byte[] text = pieces(random).getBytes(UTF_8);
    return switch (id % 20) {
      case 1 -> null;
      case 2 -> new byte[0];
      case 3 -> new byte[] {'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80, 'b'};
      case 4 -> anyBytes(random);
      case 5 -> id > 25 ? text : longText(random).getBytes(UTF_8);
      default -> text;
    };
  }

  private static String longText(Random random) {
    StringBuilder text = new StringBuilder();
    while (text.length() < 1 << 20) {
      text.append(pieces(random));
    }
    return text.toString();
  }

  private static byte[] anyBytes(Random random) {
    byte[] bytes = new byte[20];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String pieces(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }
}

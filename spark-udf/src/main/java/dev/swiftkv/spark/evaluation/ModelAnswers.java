package dev.swiftkv.spark.evaluation;

import static org.apache.spark.sql.functions.col;

import dev.swiftkv.spark.source.CompletedTable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * What a model answered, row by row.
 *
 * @param model as the user named it
 * @param texts null where a row failed
 * @param errors null where it did not
 * @param promptTokens of all rows
 * @param completionTokens of all rows
 * @param seconds from the first prompt to the last answer, without loading the model
 */
public record ModelAnswers(
    String model,
    List<String> texts,
    List<String> errors,
    long promptTokens,
    long completionTokens,
    double seconds) {
  private static final int WARM_UP_ROWS = 8;

  private static final StructType SCHEMA =
      new StructType().add("row", "int", false).add("prompt", "string", false);

  /**
   * Asks a model through Spark.
   *
   * @param generation options by name
   */
  public static ModelAnswers ask(
      SparkSession spark,
      String model,
      List<EvaluatedRow> rows,
      SortedMap<String, String> generation) {
    List<String> prompts = rows.stream().map(EvaluatedRow::prompt).toList();
    warmUp(spark, model, prompts, generation);
    long started = System.nanoTime();
    List<Row> answered =
        completed(spark, model, prompts, generation)
            .select(
                col("row"),
                col("completion"),
                col("error"),
                col("prompt_tokens").cast("long"),
                col("completion_tokens").cast("long"))
            .orderBy("row")
            .collectAsList();
    double seconds = (System.nanoTime() - started) / 1e9;
    List<String> texts = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    answered.forEach(
        row -> {
          texts.add(row.isNullAt(2) ? row.getString(1) : null);
          errors.add(row.getString(2));
        });
    return new ModelAnswers(
        model, texts, errors, total(answered, 3), total(answered, 4), Math.max(seconds, 1e-9));
  }

  /**
   * Loads the model and warms up this JVM, so that the time of the rows is theirs alone. The
   * prompts begin differently from theirs, so that no cache holds them afterwards.
   */
  private static void warmUp(
      SparkSession spark,
      String model,
      List<String> prompts,
      SortedMap<String, String> generation) {
    List<String> some = prompts.stream().limit(WARM_UP_ROWS).map(prompt -> "." + prompt).toList();
    completed(spark, model, some, generation).collectAsList();
  }

  private static Dataset<Row> completed(
      SparkSession spark,
      String model,
      List<String> prompts,
      SortedMap<String, String> generation) {
    List<Row> rows = new ArrayList<>();
    for (String prompt : prompts) {
      rows.add(RowFactory.create(rows.size(), prompt));
    }
    return CompletedTable.of(spark.createDataFrame(rows, SCHEMA), "prompt", model, generation);
  }

  /** Of prompts and completions. */
  long tokens() {
    return promptTokens + completionTokens;
  }

  private static long total(List<Row> rows, int column) {
    return rows.stream()
        .filter(row -> !row.isNullAt(column))
        .mapToLong(row -> row.getLong(column))
        .sum();
  }
}

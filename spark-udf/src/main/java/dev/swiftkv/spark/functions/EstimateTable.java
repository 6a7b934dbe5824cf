package dev.swiftkv.spark.functions;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The rows of {@code ai_estimate(query)}: what each call of a query would ask. */
public final class EstimateTable {
  /** The function. */
  public static final TableFunction FUNCTION =
      new TableFunction(
          "ai_estimate",
          "Returns a row for each call of an AI function that is left once Spark has optimized a"
              + " query, in the order in which they would be answered: rows, prompts, tokens and"
              + " time. Counts the query's rows, tokenizes a sample, and asks no model.",
          List.of(Parameter.required("query", "STRING", "The query, which is not run.")),
          List.of(
              "> SELECT * FROM ai_estimate('SELECT ai_gen(body) FROM mails WHERE year = 2026');",
              "> SELECT sum(seconds) / 3600 AS hours"
                  + " FROM ai_estimate('SELECT ai_summarize(body) FROM mails');"),
          new StructType()
              .add("function", DataTypes.StringType)
              .add("model", DataTypes.StringType)
              .add("rows", DataTypes.LongType)
              .add("distinct_prompts", DataTypes.LongType)
              .add("prompts", DataTypes.LongType)
              .add("sampled_prompts", DataTypes.IntegerType)
              .add("prompt_tokens", DataTypes.LongType)
              .add("prompt_tokens_error", DataTypes.LongType)
              .add("completion_tokens", DataTypes.LongType)
              .add("max_completion_tokens", DataTypes.LongType)
              .add("seconds", DataTypes.DoubleType)
              .add("tokens_per_second", DataTypes.DoubleType)
              .add("rate_source", DataTypes.StringType)
              .add("note", DataTypes.StringType));

  private static final String UNKNOWN = "unknown";

  private EstimateTable() {}

  /**
   * What one call would ask.
   *
   * @param rows how many rows have a text for it, or groups texts
   * @param distinct how many of the texts differ
   * @param prompts how many the model is asked
   * @param promptTokens of these
   * @param completionTokens expected of the answers
   * @param maxCompletionTokens at most, of the answers
   */
  public record Asked(
      long rows,
      long distinct,
      long prompts,
      TokenEstimate promptTokens,
      double completionTokens,
      double maxCompletionTokens) {
    /** No row has a text. */
    public static final Asked NOTHING =
        new Asked(0, 0, 0, new TokenEstimate(0, 0, Optional.of(0.0)), 0, 0);
  }

  /**
   * A row of {@link #FUNCTION}.
   *
   * @param rateOrNull of one executor
   * @param executors how many share the work
   * @param note empty for none
   */
  public static Row row(
      String function,
      String model,
      Asked asked,
      TokenRate rateOrNull,
      int executors,
      String note) {
    double tokens = asked.promptTokens().total() + asked.completionTokens();
    Double rate = rateOrNull == null ? null : rateOrNull.tokensPerSecond() * executors;
    Double known = tokens == 0 ? Double.valueOf(0) : null; // nothing takes no time at any rate
    return RowFactory.create(
        function,
        model,
        asked.rows(),
        asked.distinct(),
        asked.prompts(),
        asked.promptTokens().sampled(),
        Math.round(asked.promptTokens().total()),
        asked.promptTokens().error().map(Math::round).orElse(null),
        Math.round(asked.completionTokens()),
        Math.round(asked.maxCompletionTokens()),
        rate == null ? known : Double.valueOf(tokens / rate),
        rate,
        rateOrNull == null ? UNKNOWN : rateOrNull.source(),
        note.isEmpty() ? null : note);
  }

  /** A row for a call whose rows cannot be counted. */
  public static Row unknown(String function, String model, String note) {
    Object[] values = new Object[FUNCTION.columns().length()];
    values[0] = function;
    values[1] = model;
    values[values.length - 2] = UNKNOWN;
    values[values.length - 1] = note;
    return RowFactory.create(values);
  }

  /** The row of a query without calls, of which only the note matters. */
  public static Row withoutCalls() {
    return row(null, null, Asked.NOTHING, null, 1, "the query calls no AI function");
  }
}

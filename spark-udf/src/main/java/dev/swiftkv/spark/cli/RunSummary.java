package dev.swiftkv.spark.cli;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.source.TableColumns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * What a job did, counted while its rows went by.
 *
 * @param counts by name of {@link #counters}
 * @param elapsed of the job, loading the model included
 */
record RunSummary(Map<String, Object> counts, Duration elapsed) {
  private static final String ROWS = "rows";
  private static final String WITHOUT_PROMPT = "rows without prompt";
  private static final String FAILED = "failed rows";
  private static final String PROMPT_TOKENS = "prompt tokens";
  private static final String CACHED_TOKENS = "cached tokens";
  private static final String COMPLETION_TOKENS = "completion tokens";
  private static final String COMPARED = "compared rows";
  private static final String EXACT = "exact matches";

  /** What is counted over the completed rows; {@link #ROWS} comes first. */
  static List<Column> counters(Optional<String> truth) {
    List<Column> counters = new ArrayList<>();
    counters.add(count(lit(1)).as(ROWS));
    counters.add(countIf(col("finish_reason").isNull()).as(WITHOUT_PROMPT));
    counters.add(countIf(col("error").isNotNull()).as(FAILED));
    for (ErrorCategory category : ErrorCategory.values()) {
      counters.add(countIf(col("error").startsWith(category.name() + ":")).as(category.name()));
    }
    for (String tokens : List.of(PROMPT_TOKENS, CACHED_TOKENS, COMPLETION_TOKENS)) {
      counters.add(total(tokens.replace(' ', '_')).as(tokens));
    }
    truth.ifPresent(
        column -> {
          Column expected = trim(TableColumns.named(column).cast("string"));
          counters.add(countIf(expected.isNotNull()).as(COMPARED));
          counters.add(countIf(trim(col("completion")).equalTo(expected)).as(EXACT));
        });
    return counters;
  }

  private static Column countIf(Column condition) {
    return count(when(condition, lit(1)));
  }

  private static Column total(String column) {
    return coalesce(sum(col(column).cast("long")), lit(0L));
  }

  private long number(String name) {
    return counts.get(name) instanceof Number number ? number.longValue() : 0;
  }

  /** Share of the rows with a truth whose completion equals it. */
  Optional<Double> exactMatch() {
    long compared = number(COMPARED);
    return compared == 0 ? Optional.empty() : Optional.of((double) number(EXACT) / compared);
  }

  /** For people. */
  List<String> lines() {
    double seconds = Math.max(elapsed.toNanos() / 1e9, 1e-9);
    List<String> lines = new ArrayList<>();
    lines.add(line("rows", "%,d in %.1f s, %s".formatted(number(ROWS), seconds, unanswered())));
    for (ErrorCategory category : ErrorCategory.values()) {
      if (number(category.name()) > 0) {
        lines.add(line("", "%,d %s".formatted(number(category.name()), category.name())));
      }
    }
    long prompt = number(PROMPT_TOKENS);
    long completion = number(COMPLETION_TOKENS);
    lines.add(
        line(
            "prompt tokens",
            "%,d, %,d of them cached, %,.0f tokens/s"
                .formatted(prompt, number(CACHED_TOKENS), prompt / seconds)));
    lines.add(
        line(
            "completion tokens",
            "%,d, %,.0f tokens/s".formatted(completion, completion / seconds)));
    exactMatch()
        .ifPresent(
            share ->
                lines.add(
                    line(
                        "exact match",
                        "%.3f, %,d of %,d rows equal the truth"
                            .formatted(share, number(EXACT), number(COMPARED)))));
    return lines;
  }

  private String unanswered() {
    return "%s, %s"
        .formatted(
            number(FAILED) == 0 ? "none failed" : "%,d failed".formatted(number(FAILED)),
            number(WITHOUT_PROMPT) == 0
                ? "none without prompt"
                : "%,d without prompt".formatted(number(WITHOUT_PROMPT)));
  }

  private static String line(String name, String value) {
    return String.format(Locale.ROOT, "%-18s %s", name, value);
  }
}

package dev.swiftkv.spark.functions;

import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.EngineUsage;
import dev.swiftkv.engine.ErrorCategory;
import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The rows of {@code ai_metrics()}: what each engine was asked since it opened. */
public final class UsageTable {
  private static final StructType ERROR =
      new StructType()
          .add("category", DataTypes.StringType)
          .add("message", DataTypes.StringType)
          .add("at", DataTypes.TimestampType);

  /** The function. */
  public static final TableFunction FUNCTION =
      new TableFunction(
          "ai_metrics",
          "Returns a row for each executor and model with what was asked of it since the model was"
              + " loaded: prompts, tokens, shared and cached answers, failures by category with the"
              + " newest messages. Executors that ended are included; a running task counts when it"
              + " ends, in a local session at once.",
          List.of(),
          List.of(
              "> SELECT model, prompts, failed, busy_seconds FROM ai_metrics();",
              "> SELECT e.at, e.category, e.message"
                  + " FROM (SELECT explode(errors) e FROM ai_metrics());"),
          new StructType()
              .add("executor", DataTypes.StringType)
              .add("model", DataTypes.StringType)
              .add("path", DataTypes.StringType)
              .add("device", DataTypes.StringType)
              .add("prompts", DataTypes.LongType)
              .add("answered", DataTypes.LongType)
              .add("shared_answers", DataTypes.LongType)
              .add("cached_answers", DataTypes.LongType)
              .add("prompt_tokens", DataTypes.LongType)
              .add("cached_tokens", DataTypes.LongType)
              .add("completion_tokens", DataTypes.LongType)
              .add("truncated", DataTypes.LongType)
              .add("failed", DataTypes.LongType)
              .add(
                  "failed_by_category",
                  DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType))
              .add("errors", DataTypes.createArrayType(ERROR))
              .add("busy_seconds", DataTypes.DoubleType)
              .add("largest_batch", DataTypes.IntegerType));

  private UsageTable() {}

  /** Rows of {@link #FUNCTION}. */
  public static List<Row> rows(List<EngineReport> reports) {
    return reports.stream().map(UsageTable::row).toList();
  }

  private static Row row(EngineReport report) {
    EngineUsage usage = report.usage();
    EngineStats stats = report.statsOrNull();
    return RowFactory.create(
        report.executor(),
        ModelNames.of(report.path()),
        report.path(),
        ModelTable.device(report),
        usage.prompts(),
        usage.answered(),
        usage.sharedAnswers(),
        usage.cachedAnswers(),
        usage.promptTokens(),
        usage.cachedTokens(),
        usage.completionTokens(),
        usage.truncated(),
        usage.failed(),
        byName(usage.failures()),
        usage.errors().stream()
            .map(
                error ->
                    RowFactory.create(
                        error.category().name(),
                        error.message(),
                        new Timestamp(error.epochMillis())))
            .toList(),
        stats == null ? null : stats.busyNanos() / 1e9,
        stats == null ? null : stats.largestBatch());
  }

  private static Map<String, Long> byName(Map<ErrorCategory, Long> failures) {
    Map<String, Long> named = new TreeMap<>();
    failures.forEach((category, count) -> named.put(category.name(), count));
    return named;
  }
}

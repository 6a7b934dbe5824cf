package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.batch.BatchCounters;
import dev.swiftkv.spark.batch.EngineReports;
import dev.swiftkv.spark.batch.ReportAccumulator;
import dev.swiftkv.spark.functions.EngineReport;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;

/** What {@link AiEvalExec} shows in the SQL tab, and the one place where its tasks count. */
final class AiMetrics implements BatchCounters, Serializable {
  private static final long serialVersionUID = 1L;

  static final String OUTPUT_ROWS = "numOutputRows";
  static final String PROMPTS = "prompts";
  static final String ANSWERED = "answered";
  static final String SKIPPED = "skipped";
  static final String REPEATED = "repeated";
  static final String FOUND = "found";
  static final String PROMPT_TOKENS = "promptTokens";
  static final String CACHED_TOKENS = "cachedTokens";
  static final String COMPLETION_TOKENS = "completionTokens";
  static final String TRUNCATED = "truncated";
  static final String FAILED = "failed";
  static final String MODEL_LOADS = "modelLoads";
  static final String LARGEST_BATCH = "largestBatch";
  static final String SPILL_SIZE = "spillSize";
  static final String WAIT_TIME = "waitTime";
  static final String ENGINE_TIME = "engineTime";

  private final LinkedHashMap<String, SQLMetric> metrics = new LinkedHashMap<>();

  private final ReportAccumulator reports;

  AiMetrics(SparkContext context) {
    reports = EngineReports.of(context).accumulator();
    count(context, OUTPUT_ROWS, "number of output rows");
    count(context, PROMPTS, "prompts");
    count(context, ANSWERED, "answered prompts");
    count(context, SKIPPED, "rows without a prompt");
    count(context, REPEATED, "rows that share the answer to an equal prompt in flight");
    count(context, FOUND, "rows answered from the result cache");
    count(context, PROMPT_TOKENS, "prompt tokens");
    count(context, CACHED_TOKENS, "prompt tokens found in the prefix cache");
    count(context, COMPLETION_TOKENS, "completion tokens");
    count(context, TRUNCATED, "completions cut at the token limit");
    count(context, FAILED, "failed prompts");
    for (ErrorCategory category : ErrorCategory.values()) {
      count(context, failed(category), "failed prompts: " + words(category));
    }
    count(context, MODEL_LOADS, "model loads");
    metrics.put(LARGEST_BATCH, SQLMetrics.createV2CustomMetric(context, new LargestBatch()));
    metrics.put(SPILL_SIZE, SQLMetrics.createSizeMetric(context, "spill size", -1L));
    time(context, WAIT_TIME, "time waiting for the engine");
    time(context, ENGINE_TIME, "time the engine was busy during a task");
  }

  private void count(SparkContext context, String key, String name) {
    metrics.put(key, SQLMetrics.createMetric(context, name));
  }

  private void time(SparkContext context, String key, String name) {
    metrics.put(key, SQLMetrics.createNanoTimingMetric(context, name, -1L));
  }

  static String failed(ErrorCategory category) {
    return "failed." + category.name();
  }

  private static String words(ErrorCategory category) {
    return category.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  Map<String, SQLMetric> all() {
    return metrics;
  }

  private void add(String key, long amount) {
    metrics.get(key).add(amount);
  }

  void outputRow() {
    add(OUTPUT_ROWS, 1);
  }

  void outputRows(int rows) {
    add(OUTPUT_ROWS, rows);
  }

  void spilled(long bytes) {
    add(SPILL_SIZE, bytes);
  }

  @Override
  public void prompt() {
    add(PROMPTS, 1);
  }

  @Override
  public void repeated() {
    add(REPEATED, 1);
  }

  @Override
  public void found() {
    add(FOUND, 1);
  }

  @Override
  public void skipped() {
    add(SKIPPED, 1);
  }

  @Override
  public void completed(Completion completion) {
    add(ANSWERED, 1);
    add(PROMPT_TOKENS, completion.promptTokens());
    add(CACHED_TOKENS, completion.cachedTokens());
    add(COMPLETION_TOKENS, completion.completionTokens());
    if (completion.finishReason() == FinishReason.LENGTH) {
      add(TRUNCATED, 1);
    }
    if (completion.errorOrNull() != null) {
      failed(completion.errorOrNull());
    }
  }

  @Override
  public void failed(RowError error) {
    add(FAILED, 1);
    add(failed(error.category()), 1);
  }

  @Override
  public void waited(long nanos) {
    add(WAIT_TIME, nanos);
  }

  @Override
  public void loadedModel() {
    add(MODEL_LOADS, 1);
  }

  @Override
  public void report(List<EngineReport> engines) {
    engines.forEach(reports::add);
  }

  @Override
  public void engine(EngineStats before, EngineStats after) {
    add(ENGINE_TIME, after.busyNanos() - before.busyNanos());
    SQLMetric largest = metrics.get(LARGEST_BATCH);
    if (after.largestBatch() > largest.value()) {
      largest.set(after.largestBatch());
    }
  }
}

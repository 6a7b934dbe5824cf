package dev.swiftkv.spark.functions;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * How many tokens a second one executor computes with a model.
 *
 * @param tokensPerSecond prompt and completion tokens together
 * @param source {@code measured} or {@code option}
 */
public record TokenRate(double tokensPerSecond, String source) {
  /**
   * What the executors measured since they loaded the model, else what an option says.
   *
   * @param engines the reports of living executors about the model
   * @param option tokens per second, 0 for unknown
   */
  public static Optional<TokenRate> of(List<EngineReport> engines, double option) {
    Map<String, Double> byExecutor =
        engines.stream()
            .filter(TokenRate::isMeasured)
            .collect(
                Collectors.groupingBy(
                    EngineReport::executor, Collectors.summingDouble(TokenRate::measured)));
    if (!byExecutor.isEmpty()) {
      double mean =
          byExecutor.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      return Optional.of(new TokenRate(mean, "measured"));
    }
    return option > 0 ? Optional.of(new TokenRate(option, "option")) : Optional.empty();
  }

  /** Those of the reports that are about a model, as a session names it. */
  public static List<EngineReport> about(String model, List<EngineReport> reports) {
    return reports.stream().filter(report -> ModelNames.isAt(model, report.path())).toList();
  }

  /** Mean tokens of the completions so far. */
  public static OptionalDouble meanCompletion(List<EngineReport> engines) {
    long tokens = 0;
    long completions = 0;
    for (EngineReport report : engines) {
      tokens += report.usage().completionTokens();
      completions += report.usage().answered() - report.usage().failed();
    }
    return completions > 0
        ? OptionalDouble.of((double) tokens / completions)
        : OptionalDouble.empty();
  }

  private static boolean isMeasured(EngineReport report) {
    return report.statsOrNull() != null
        && report.statsOrNull().busyNanos() > 0
        && report.statsOrNull().promptTokens() > 0;
  }

  private static double measured(EngineReport report) {
    double tokens = report.statsOrNull().promptTokens() + report.statsOrNull().completionTokens();
    return tokens / (report.statsOrNull().busyNanos() / 1e9);
  }
}

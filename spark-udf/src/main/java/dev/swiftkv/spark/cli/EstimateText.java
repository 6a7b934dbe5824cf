package dev.swiftkv.spark.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;

/** Rows of {@code ai_estimate} for people. */
final class EstimateText {
  private EstimateText() {}

  /** A paragraph for each call, then the totals of several. */
  static List<String> lines(List<Row> calls) {
    List<String> lines = new ArrayList<>();
    for (Row call : calls) {
      if (call.isNullAt(call.fieldIndex("function"))) {
        lines.add("The query calls no AI function: nothing would be asked.");
      } else {
        lines.addAll(ofCall(call));
        lines.add("");
      }
    }
    if (calls.size() > 1) {
      lines.addAll(ofAll(calls));
    } else if (lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }

  private static List<String> ofCall(Row call) {
    List<String> lines = new ArrayList<>();
    lines.add(call.getAs("function") + " of " + call.getAs("model"));
    if (call.getAs("rows") == null) {
      lines.add(line("rows", "unknown: " + call.getAs("note")));
      return lines;
    }
    lines.add(
        line(
            "prompts",
            format(
                "%,d, for %,d rows with %,d different ones",
                number(call, "prompts"), number(call, "rows"), number(call, "distinct_prompts"))));
    lines.add(line("prompt tokens", promptTokens(call)));
    lines.add(
        line(
            "completion tokens",
            format(
                "about %,d, at most %,d",
                number(call, "completion_tokens"), number(call, "max_completion_tokens"))));
    lines.add(line("time", time(call)));
    if (call.getAs("note") != null) {
      lines.add(line("note", call.getAs("note")));
    }
    return lines;
  }

  private static String promptTokens(Row call) {
    long tokens = number(call, "prompt_tokens");
    long sampled = number(call, "sampled_prompts");
    if (sampled >= number(call, "distinct_prompts")) {
      return format("%,d, counted", tokens);
    }
    return call.getAs("prompt_tokens_error") == null
        ? format("about %,d, by a single one", tokens)
        : format(
            "about %,d ± %,d, by a sample of %,d prompts",
            tokens, number(call, "prompt_tokens_error"), sampled);
  }

  private static String time(Row call) {
    if (call.getAs("seconds") == null) {
      return "unknown, as is the model's speed: give --tokens-per-second";
    }
    Double rate = call.getAs("tokens_per_second");
    String duration = duration(call.<Double>getAs("seconds"));
    return rate == null ? duration : format("%s at %,.0f tokens/s", duration, rate);
  }

  private static List<String> ofAll(List<Row> calls) {
    List<String> lines = new ArrayList<>();
    boolean complete = calls.stream().noneMatch(call -> call.getAs("rows") == null);
    lines.add(complete ? "all calls" : "all calls that can be counted");
    for (String column : List.of("prompts", "prompt_tokens", "completion_tokens")) {
      long sum = calls.stream().mapToLong(call -> number(call, column)).sum();
      lines.add(line(column.replace('_', ' '), format("%,d", sum)));
    }
    if (calls.stream().noneMatch(call -> call.getAs("seconds") == null)) {
      double seconds = calls.stream().mapToDouble(call -> call.<Double>getAs("seconds")).sum();
      lines.add(line("time", duration(seconds)));
    }
    return lines;
  }

  /** 0 for null. */
  private static long number(Row call, String column) {
    Number number = call.getAs(column);
    return number == null ? 0 : number.longValue();
  }

  private static String duration(double seconds) {
    Duration whole = Duration.ofSeconds(Math.round(seconds));
    if (seconds < 60) {
      return format("%.1f s", seconds);
    }
    return whole.toHours() > 0
        ? format("%,d h %02d min", whole.toHours(), whole.toMinutesPart())
        : format("%d min %02d s", whole.toMinutes(), whole.toSecondsPart());
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static String line(String name, String value) {
    return format("  %-18s %s", name, value);
  }
}

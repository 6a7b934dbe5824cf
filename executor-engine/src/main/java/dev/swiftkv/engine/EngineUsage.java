package dev.swiftkv.engine;

import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What those who share an engine asked it since it opened, and how that ended.
 *
 * @param prompts questions that the engine was asked
 * @param answered how many of them have ended, failed ones included
 * @param sharedAnswers equal questions that joined one in flight
 * @param cachedAnswers equal questions that got a kept answer
 * @param promptTokens tokens of the answered prompts
 * @param cachedTokens how many of these came from the prefix cache
 * @param completionTokens tokens generated or scored
 * @param truncated completions cut at the token limit
 * @param failures failed questions by category; categories without one are left out
 * @param errors the newest few of each category, oldest first
 */
public record EngineUsage(
    long prompts,
    long answered,
    long sharedAnswers,
    long cachedAnswers,
    long promptTokens,
    long cachedTokens,
    long completionTokens,
    long truncated,
    Map<ErrorCategory, Long> failures,
    List<ErrorSample> errors)
    implements Serializable {
  /** Copies the collections. */
  public EngineUsage {
    Map<ErrorCategory, Long> copy = new EnumMap<>(ErrorCategory.class);
    copy.putAll(failures);
    failures = Collections.unmodifiableMap(copy);
    errors = List.copyOf(errors);
  }

  /** Failed questions of all categories. */
  public long failed() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }
}

package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.EngineSettings;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.functions.GroupPrompts;
import dev.swiftkv.spark.functions.JsonSchemas;
import java.io.Serializable;
import java.util.SortedMap;

/**
 * One call of a node, as far as its prompts are concerned.
 *
 * @param function its name, for messages
 * @param engine which engine answers
 * @param parameters generation options by name
 * @param failOnError whether a failed row fails the task
 * @param scores whether prompts are {@link dev.swiftkv.spark.functions.ScoreInput}s
 * @param isWhole whether half an answer is none: a label or a number that had to end early
 * @param groupOrNull how a {@link TextGroup} becomes prompts; null where a row is one prompt
 */
public record CallSetup(
    String function,
    EngineSettings engine,
    SortedMap<String, String> parameters,
    boolean failOnError,
    boolean scores,
    boolean isWhole,
    GroupPrompts groupOrNull)
    implements Serializable {
  /** What a settled call says about its prompts. */
  public static CallSetup of(CallSpec spec) {
    return new CallSetup(
        spec.function(),
        spec.engine(),
        spec.parameters(),
        spec.failOnError(),
        FunctionList.named(spec.function()).answer() instanceof Answer.Score,
        isWhole(spec.parameters()),
        spec.groupOrNull());
  }

  private static boolean isWhole(SortedMap<String, String> parameters) {
    String schema = parameters.get(GenerationOptionList.JSON_SCHEMA.name());
    return parameters.containsKey(GenerationOptionList.CHOICES.name())
        || (schema != null && JsonSchemas.isOfOneValue(schema));
  }
}

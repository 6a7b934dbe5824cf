package dev.swiftkv.engine.options;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.LongPromptPolicy;
import dev.swiftkv.engine.SamplingParams;
import java.util.List;
import java.util.Map;

/**
 * What a caller may choose for one completion: the {@code modelParameters} of SQL, the options of
 * the data source and of {@code swiftkv complete}.
 */
public final class GenerationOptionList {
  /** Limit on new tokens. */
  public static final Option<Integer> MAX_TOKENS =
      OptionTypes.integer(
          "max_tokens",
          GenerationOptions.DEFAULT_MAX_TOKENS,
          "at least 1",
          "Most new tokens. With the prompt they must fit the model's context.");

  /** Spread of the choice. */
  public static final Option<Float> TEMPERATURE =
      OptionTypes.number(
          "temperature",
          0f,
          "0 to 100",
          "How freely tokens are chosen. 0 always takes the likeliest; the limits below then have"
              + " no effect.");

  /** Nucleus sampling. */
  public static final Option<Float> TOP_P =
      OptionTypes.number(
          "top_p",
          1f,
          "above 0, at most 1",
          "Chooses among the likeliest tokens that together have this probability. 1 keeps all.");

  /** Limit on candidates. */
  public static final Option<Integer> TOP_K =
      OptionTypes.integer(
          "top_k", 0, "at least 0", "Chooses among this many likeliest tokens. 0 keeps all.");

  /** Limit relative to the likeliest. */
  public static final Option<Float> MIN_P =
      OptionTypes.number(
          "min_p",
          0f,
          "0 to below 1",
          "Drops tokens less likely than this share of the likeliest. 0 keeps all.");

  /** Penalty on tokens that appeared. */
  public static final Option<Float> REPETITION_PENALTY =
      OptionTypes.number(
          "repetition_penalty",
          1f,
          "above 0, at most 100",
          "Above 1 makes tokens of the prompt and of the completion so far less likely.");

  /** Seed of the noise. */
  public static final Option<Long> SEED =
      OptionTypes.wide(
          "seed",
          0L,
          "",
          "Fixes the noise together with the prompt: equal rows get equal answers on every retry"
              + " and executor.");

  /** Strings that end a completion. */
  public static final Option<List<String>> STOP =
      OptionTypes.strings(
          "stop", "none empty", "Ends the completion where it appears and is not part of it.");

  /** Policy for prompts that do not fit. */
  public static final Option<LongPromptPolicy> ON_LONG_PROMPT =
      OptionTypes.constant(
          "on_long_prompt",
          LongPromptPolicy.ERROR,
          LongPromptPolicy::optionValue,
          "What happens to a prompt that does not fit the context together with `max_tokens`: the"
              + " row fails, or tokens are cut from the named part.");

  /** Whether plain prompts are wrapped. */
  public static final Option<Boolean> CHAT =
      OptionTypes.flag(
          "chat",
          false,
          "Wraps the prompt as one user message with the model's own chat template.");

  /** Texts of which the completion is one. */
  public static final Option<List<String>> CHOICES =
      OptionTypes.strings(
          "choices",
          "distinct, none empty",
          "The completion is exactly one of these. Stop strings then have no effect.");

  /** Schema of a JSON completion. */
  public static final Option<String> JSON_SCHEMA =
      OptionTypes.text(
          "json_schema",
          "a schema of draft 2020-12",
          "The completion is a JSON document that is valid for this schema; `true` allows any."
              + " Not together with `choices`. Stop strings then have no effect.");

  /** Every option, in the order of the documents. */
  public static final List<Option<?>> ALL =
      List.of(
          MAX_TOKENS,
          TEMPERATURE,
          TOP_P,
          TOP_K,
          MIN_P,
          REPETITION_PENALTY,
          SEED,
          STOP,
          ON_LONG_PROMPT,
          CHAT,
          CHOICES,
          JSON_SCHEMA);

  private GenerationOptionList() {}

  /**
   * Options as a user wrote them.
   *
   * @param given by name in any spelling; a null value counts as not given
   * @throws dev.swiftkv.engine.EngineException INVALID_OPTION for an unknown name or a value
   *     outside its range
   */
  public static GenerationOptions parse(Map<String, String> given) {
    OptionValues values = OptionValues.of(ALL, given);
    SamplingParams sampling =
        new SamplingParams(
            values.get(TEMPERATURE),
            values.get(TOP_P),
            values.get(TOP_K),
            values.get(MIN_P),
            values.get(REPETITION_PENALTY),
            values.get(SEED));
    return new GenerationOptions(
        values.get(MAX_TOKENS),
        sampling,
        values.get(STOP),
        values.get(ON_LONG_PROMPT),
        values.get(CHAT),
        constraint(values.get(CHOICES), values.get(JSON_SCHEMA)));
  }

  private static Constraint constraint(List<String> choices, String schema) {
    if (!choices.isEmpty() && !schema.isEmpty()) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Options choices and json_schema are given both; a completion has one constraint");
    }
    if (!choices.isEmpty()) {
      return new Constraint.Choices(choices);
    }
    return schema.isEmpty() ? Constraint.NONE : new Constraint.JsonSchema(schema);
  }
}

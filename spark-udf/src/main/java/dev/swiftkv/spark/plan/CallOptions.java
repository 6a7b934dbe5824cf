package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.constraint.ConstraintCompiler;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.engine.options.Option;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Generation options of calls and sessions, checked before a query runs. */
final class CallOptions {
  private static final String ARGUMENT = "modelParameters";
  private static final String CHOICES = GenerationOptionList.CHOICES.name();
  private static final String JSON_SCHEMA = GenerationOptionList.JSON_SCHEMA.name();

  private CallOptions() {}

  /** What a call itself says, by names, with what its answer must be. */
  static SortedMap<String, String> of(Arguments arguments, Wanted wanted) {
    SortedMap<String, String> options = named(arguments.constantOptions(ARGUMENT));
    if (!wanted.constraint().isEmpty() && isConstrained(options)) {
      throw arguments.invalid(
          ARGUMENT,
          "%s and %s are not for a call whose function or type says already what the answer is"
              .formatted(CHOICES, JSON_SCHEMA));
    }
    try {
      check(options);
    } catch (EngineException e) {
      throw arguments.invalid(ARGUMENT, e.getMessage());
    }
    options.putAll(wanted.constraint());
    return options;
  }

  /**
   * The options of a call and of its session; the call's win.
   *
   * @param functionTokens limit on new tokens where neither says; 0 for the engine's
   */
  static SortedMap<String, String> merged(
      SortedMap<String, String> session, SortedMap<String, String> call, int functionTokens) {
    SortedMap<String, String> options = new TreeMap<>(session);
    if (isConstrained(call)) {
      options.remove(CHOICES);
      options.remove(JSON_SCHEMA);
    }
    if (functionTokens > 0) {
      options.putIfAbsent(GenerationOptionList.MAX_TOKENS.name(), Integer.toString(functionTokens));
    }
    options.putAll(call);
    return options;
  }

  /**
   * Checks what can be known without the model: the executors would say it only once the job runs.
   *
   * @throws EngineException INVALID_OPTION or UNSUPPORTED
   */
  static void check(Map<String, String> options) {
    ConstraintCompiler.check(GenerationOptionList.parse(options).constraint());
  }

  private static boolean isConstrained(Map<String, String> options) {
    return options.containsKey(CHOICES) || options.containsKey(JSON_SCHEMA);
  }

  /** The same option may be spelled in several ways. */
  private static SortedMap<String, String> named(Map<String, String> given) {
    SortedMap<String, String> named = new TreeMap<>();
    given.forEach((key, value) -> named.put(name(key), value));
    return named;
  }

  private static String name(String key) {
    return GenerationOptionList.ALL.stream()
        .filter(option -> option.isNamed(key))
        .map(Option::name)
        .findFirst()
        .orElse(key); // whose check says which one may be meant
  }
}

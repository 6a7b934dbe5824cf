package dev.swiftkv.spark.functions;

import dev.swiftkv.spark.EngineSettings;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything about a call that is not a column: two calls with equal specifications and equal
 * arguments are one.
 *
 * @param function name as the user wrote it
 * @param form what the query gets
 * @param failOnError whether a failed row fails the query
 * @param model name or path of the model; empty for the session's
 * @param parameters generation options by name
 * @param arguments names of the arguments that are expressions, in their order, until the settings
 *     are known; then empty, and the one expression is the prompt
 * @param engine the engine that answers; null until the session's settings are known
 * @param groupOrNull how the texts of a group become prompts; null where a row is one prompt
 */
public record CallSpec(
    String function,
    ResultForm form,
    boolean failOnError,
    String model,
    SortedMap<String, String> parameters,
    List<String> arguments,
    EngineSettings engine,
    GroupPrompts groupOrNull)
    implements Serializable {
  /** Copies the collections. */
  public CallSpec {
    arguments = List.copyOf(arguments);
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** A call as written, before the session's settings are known. */
  public static CallSpec of(
      String function,
      ResultForm form,
      boolean failOnError,
      String model,
      Map<String, String> parameters,
      List<String> arguments) {
    return new CallSpec(
        function,
        form,
        failOnError,
        model,
        new TreeMap<>(parameters),
        arguments,
        /* engine */ null,
        /* groupOrNull */ null);
  }

  /** Whether the session's settings are known. */
  public boolean settled() {
    return engine != null;
  }

  /** This call with other generation options. */
  public CallSpec withParameters(SortedMap<String, String> others) {
    return new CallSpec(function, form, failOnError, model, others, arguments, engine, groupOrNull);
  }

  /** This call answered by an engine. */
  public CallSpec settledWith(EngineSettings settings) {
    return new CallSpec(
        function, form, failOnError, model, parameters, List.of(), settings, groupOrNull);
  }

  /** This call where it describes rows and is never answered: Spark may take it as fixed. */
  public CallSpec unsettled() {
    return settledWith(null);
  }

  /** This call giving its whole record. */
  public CallSpec asRecord() {
    return new CallSpec(
        function,
        ResultForm.RECORD,
        failOnError,
        model,
        parameters,
        arguments,
        engine,
        groupOrNull);
  }

  /** This call about the texts of a group. */
  public CallSpec about(GroupPrompts group) {
    return new CallSpec(function, form, failOnError, model, parameters, arguments, engine, group);
  }
}

package dev.swiftkv.spark.functions;

import static dev.swiftkv.spark.functions.Parameter.optional;
import static dev.swiftkv.spark.functions.Parameter.required;

import java.util.List;

/** Every SQL function of this build. To add one, add it here. */
public final class AiFunctions {
  /** {@code ai_gen(prompt)}: the session's model, its default options, text back. */
  public static final AiFunction AI_GEN =
      new AiFunction(
          "ai_gen",
          "Returns the completion of a prompt by the session's model (spark.swiftkv.model). NULL"
              + " where the prompt is NULL or the row failed.",
          List.of(required("prompt", "STRING", "What the model is asked.")),
          List.of("> SELECT ai_gen('Summarize: ' || body) FROM tickets;"));

  /** {@code ai_query(model, prompt, ...)}: any model and options. */
  public static final AiFunction AI_QUERY =
      new AiFunction(
          "ai_query",
          "Returns the completion of a prompt by a model. NULL where the prompt is NULL or the row"
              + " failed, unless failOnError says otherwise.",
          List.of(
              required("model", "STRING", "Name or directory of the model; a constant."),
              required("prompt", "STRING", "What the model is asked."),
              optional(
                  "modelParameters",
                  "MAP, STRUCT or STRING",
                  "Generation options such as max_tokens and temperature; a constant."),
              optional(
                  "failOnError",
                  "BOOLEAN",
                  "Left out: a failed row gives NULL. False: every row gives STRUCT<result, error,"
                      + " finish_reason, usage>. True: a failed row fails the query.")),
          List.of(
              "> SELECT ai_query('demo', 'Summarize: ' || body) FROM tickets;",
              "> SELECT ai_query('demo', body, modelParameters => named_struct('max_tokens', 40,"
                  + " 'temperature', 0.2)) FROM tickets;",
              "> SELECT r.result, r.error, r.usage.prompt_tokens FROM (SELECT ai_query('demo',"
                  + " body, failOnError => false) AS r FROM tickets);"));

  /** All of them, in the order of the documentation. */
  public static final List<AiFunction> ALL = List.of(AI_QUERY, AI_GEN);

  private AiFunctions() {}
}

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

  /** {@code ai_score(prompt, continuation[, model])}: how probable a continuation is. */
  public static final AiFunction AI_SCORE =
      new AiFunction(
          "ai_score",
          "Returns the log-probability of a continuation given a prompt: the sum over its tokens of"
              + " the natural logarithm of the probability that the model gives them, a DOUBLE of at"
              + " most 0. NULL where an argument is NULL or the row failed.",
          List.of(
              required("prompt", "STRING", "What is given."),
              required(
                  "continuation",
                  "STRING",
                  "What is scored; tokenized apart from the prompt, so begin it with a space where"
                      + " one belongs there."),
              optional(
                  "model",
                  "STRING",
                  "Name or directory of the model; a constant. Default: spark.swiftkv.model.")),
          List.of("> SELECT ai_score('The capital of France is', ' Paris');"));

  /** {@code ai_count_tokens(text[, model])}: no generation, no weights. */
  public static final AiFunction AI_COUNT_TOKENS =
      new AiFunction(
          "ai_count_tokens",
          "Returns how many tokens a text has for a model, its special tokens included. Asks the"
              + " tokenizer only; the model is not loaded. NULL where the text is NULL.",
          List.of(
              required("text", "STRING", "What is counted."),
              optional(
                  "model",
                  "STRING",
                  "Name or directory of the model; a constant. Default: spark.swiftkv.model.")),
          List.of("> SELECT id FROM tickets WHERE ai_count_tokens(body) < 4000;"));

  /** All of them, in the order of the documentation. */
  public static final List<AiFunction> ALL = List.of(AI_QUERY, AI_GEN, AI_SCORE, AI_COUNT_TOKENS);

  private AiFunctions() {}
}

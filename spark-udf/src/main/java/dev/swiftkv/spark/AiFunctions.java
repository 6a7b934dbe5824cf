package dev.swiftkv.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;

/**
 * The SQL functions for DataFrame code: {@code documents.withColumn("topic",
 * AiFunctions.aiClassify(col("text"), "repair", "refund"))}. Each calls the registered function by
 * its name, and most take {@link AiOptions}. A null text gives null, and so does a failed row
 * unless the options say otherwise.
 */
public final class AiFunctions {
  private static final AiOptions DEFAULTS = new AiOptions();

  private AiFunctions() {}

  /** The completion of a prompt. */
  public static Column aiGen(Column prompt) {
    return aiGen(prompt, DEFAULTS);
  }

  /** The completion of a prompt. */
  public static Column aiGen(Column prompt, AiOptions options) {
    return call("ai_gen", options, prompt);
  }

  /** The completion of a prompt by a named model, read as the options say. */
  public static Column aiQuery(String model, Column prompt) {
    return aiQuery(model, prompt, DEFAULTS);
  }

  /** The completion of a prompt by a named model, read as the options say. */
  public static Column aiQuery(String model, Column prompt, AiOptions options) {
    return call("ai_query", options, lit(model), prompt);
  }

  /** A summary, of about 50 words unless the options say. */
  public static Column aiSummarize(Column content) {
    return aiSummarize(content, DEFAULTS);
  }

  /** A summary, of about 50 words unless the options say. */
  public static Column aiSummarize(Column content, AiOptions options) {
    return call("ai_summarize", options, content);
  }

  /** The one of the labels that fits; an array of them with {@code multiLabel}. */
  public static Column aiClassify(Column content, String... labels) {
    return aiClassify(content, List.of(labels), DEFAULTS);
  }

  /** The one of the labels that fits; an array of them with {@code multiLabel}. */
  public static Column aiClassify(Column content, List<String> labels, AiOptions options) {
    return call("ai_classify", options, content, texts(labels));
  }

  /** A struct with a string for each label, null where the text has none. */
  public static Column aiExtract(Column content, String... labels) {
    return aiExtract(content, List.of(labels), DEFAULTS);
  }

  /** A struct with a string for each label, null where the text has none. */
  public static Column aiExtract(Column content, List<String> labels, AiOptions options) {
    return call("ai_extract", options, content, texts(labels));
  }

  /** The text in another language. */
  public static Column aiTranslate(Column content, String language) {
    return aiTranslate(content, language, DEFAULTS);
  }

  /** The text in another language. */
  public static Column aiTranslate(Column content, String language, AiOptions options) {
    return call("ai_translate", options, content, lit(language));
  }

  /** The text with its grammar corrected. */
  public static Column aiFixGrammar(Column content) {
    return aiFixGrammar(content, DEFAULTS);
  }

  /** The text with its grammar corrected. */
  public static Column aiFixGrammar(Column content, AiOptions options) {
    return call("ai_fix_grammar", options, content);
  }

  /** The text with {@code [MASKED]} for what the labels name. */
  public static Column aiMask(Column content, String... labels) {
    return aiMask(content, List.of(labels), DEFAULTS);
  }

  /** The text with {@code [MASKED]} for what the labels name. */
  public static Column aiMask(Column content, List<String> labels, AiOptions options) {
    return call("ai_mask", options, content, texts(labels));
  }

  /** {@code positive}, {@code negative}, {@code neutral} or {@code mixed}. */
  public static Column aiAnalyzeSentiment(Column content) {
    return aiAnalyzeSentiment(content, DEFAULTS);
  }

  /** {@code positive}, {@code negative}, {@code neutral} or {@code mixed}. */
  public static Column aiAnalyzeSentiment(Column content, AiOptions options) {
    return call("ai_analyze_sentiment", options, content);
  }

  /** Whether a condition holds for the text. */
  public static Column aiFilter(String condition, Column content) {
    return aiFilter(condition, content, DEFAULTS);
  }

  /** Whether a condition holds for the text. */
  public static Column aiFilter(String condition, Column content, AiOptions options) {
    return call("ai_filter", options, lit(condition), content);
  }

  /** The answer to an instruction about all texts of a group: an aggregate function. */
  public static Column aiAgg(Column text, String instruction) {
    return aiAgg(text, instruction, DEFAULTS);
  }

  /** The answer to an instruction about all texts of a group: an aggregate function. */
  public static Column aiAgg(Column text, String instruction, AiOptions options) {
    return call("ai_agg", options, text, lit(instruction));
  }

  /** One summary of all texts of a group: an aggregate function. */
  public static Column aiSummarizeAgg(Column text) {
    return aiSummarizeAgg(text, DEFAULTS);
  }

  /** One summary of all texts of a group, as an instruction wants it: an aggregate function. */
  public static Column aiSummarizeAgg(Column text, String instruction) {
    return aiSummarizeAgg(text, DEFAULTS.instruction(instruction));
  }

  /** One summary of all texts of a group: an aggregate function. */
  public static Column aiSummarizeAgg(Column text, AiOptions options) {
    return call("ai_summarize_agg", options, text);
  }

  /** The log-probability of a continuation after a prompt. */
  public static Column aiScore(Column prompt, Column continuation) {
    return aiScore(prompt, continuation, DEFAULTS);
  }

  /** The log-probability of a continuation after a prompt. */
  public static Column aiScore(Column prompt, Column continuation, AiOptions options) {
    return call("ai_score", options, prompt, continuation);
  }

  /** Tokens of a text for the session's model; null if it is null. */
  public static Column aiCountTokens(Column text) {
    return aiCountTokens(text, DEFAULTS);
  }

  /** Tokens of a text for the model of the options; null if it is null. */
  public static Column aiCountTokens(Column text, AiOptions options) {
    return call("ai_count_tokens", options, text);
  }

  private static Column call(String function, AiOptions options, Column... required) {
    List<Column> arguments = new ArrayList<>(List.of(required));
    arguments.addAll(options.of(function));
    return call_function(function, arguments.toArray(Column[]::new));
  }

  private static Column texts(List<String> texts) {
    return array(texts.stream().map(org.apache.spark.sql.functions::lit).toArray(Column[]::new));
  }
}

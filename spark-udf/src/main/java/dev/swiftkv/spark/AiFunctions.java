package dev.swiftkv.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.lit;

import java.util.Arrays;
import org.apache.spark.sql.Column;

/**
 * The SQL functions for DataFrame code: {@code threads.withColumn("summary",
 * AiFunctions.aiSummarize(col("text")))}. Each calls the registered function by its name. A null
 * input gives null, and so does a failed row.
 */
public final class AiFunctions {
  private AiFunctions() {}

  /** The completion of a prompt by the session's model. */
  public static Column aiGen(Column prompt) {
    return call_function("ai_gen", prompt);
  }

  /** The completion of a prompt by a named model. */
  public static Column aiQuery(String model, Column prompt) {
    return call_function("ai_query", lit(model), prompt);
  }

  /**
   * The completion of a prompt by a named model, read as a value of a SQL type.
   *
   * @param returnType such as {@code STRUCT<a: INT>}
   */
  public static Column aiQuery(String model, Column prompt, String returnType) {
    return call_function("ai_query", lit(model), prompt, lit(returnType));
  }

  /** A summary of about 50 words. */
  public static Column aiSummarize(Column content) {
    return call_function("ai_summarize", content);
  }

  /** A summary of at most about so many words; 0 sets no limit. */
  public static Column aiSummarize(Column content, int maxWords) {
    return call_function("ai_summarize", content, lit(maxWords));
  }

  /** The one of the labels that fits. */
  public static Column aiClassify(Column content, String... labels) {
    return call_function("ai_classify", content, texts(labels));
  }

  /** A struct with a string for each label. */
  public static Column aiExtract(Column content, String... labels) {
    return call_function("ai_extract", content, texts(labels));
  }

  /** The text in another language. */
  public static Column aiTranslate(Column content, String language) {
    return call_function("ai_translate", content, lit(language));
  }

  /** The text with its grammar corrected. */
  public static Column aiFixGrammar(Column content) {
    return call_function("ai_fix_grammar", content);
  }

  /** The text with the named kinds of information masked. */
  public static Column aiMask(Column content, String... labels) {
    return call_function("ai_mask", content, texts(labels));
  }

  /** {@code positive}, {@code negative}, {@code neutral} or {@code mixed}. */
  public static Column aiAnalyzeSentiment(Column content) {
    return call_function("ai_analyze_sentiment", content);
  }

  /** Whether a condition holds for the text. */
  public static Column aiFilter(String condition, Column content) {
    return call_function("ai_filter", lit(condition), content);
  }

  /** The answer to an instruction about all texts of a group: an aggregate function. */
  public static Column aiAgg(Column text, String instruction) {
    return call_function("ai_agg", text, lit(instruction));
  }

  /** One summary of all texts of a group: an aggregate function. */
  public static Column aiSummarizeAgg(Column text) {
    return call_function("ai_summarize_agg", text);
  }

  /** One summary of all texts of a group, as an instruction wants it: an aggregate function. */
  public static Column aiSummarizeAgg(Column text, String instruction) {
    return call_function("ai_summarize_agg", text, lit(instruction));
  }

  private static Column texts(String... texts) {
    return array(
        Arrays.stream(texts).map(org.apache.spark.sql.functions::lit).toArray(Column[]::new));
  }
}

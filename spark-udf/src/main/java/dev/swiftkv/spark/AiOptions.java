package dev.swiftkv.spark;

import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.options.GenerationOptionList;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;

/**
 * The optional arguments of {@link AiFunctions}: {@code new AiOptions().maxTokens(40)
 * .failOnError(false)}. Immutable: each method gives other options.
 */
public final class AiOptions {
  private static final String MODEL = "model";
  private static final String FAIL_ON_ERROR = "failOnError";
  private static final String MODEL_PARAMETERS = "modelParameters";

  private final SortedMap<String, Object> arguments; // by name
  private final SortedMap<String, Object> generation; // by name

  /** Nothing but defaults. */
  public AiOptions() {
    this(new TreeMap<>(), new TreeMap<>());
  }

  private AiOptions(SortedMap<String, Object> arguments, SortedMap<String, Object> generation) {
    this.arguments = arguments;
    this.generation = generation;
  }

  /** Name or directory of the model, instead of the session's; not for {@code aiQuery}. */
  public AiOptions model(String nameOrPath) {
    return with(MODEL, nameOrPath);
  }

  /**
   * False: every row gives {@code STRUCT<result, error, finish_reason, usage>}. True: a failed row
   * fails the query. Without this option a failed row gives null.
   */
  public AiOptions failOnError(boolean fail) {
    return with(FAIL_ON_ERROR, fail);
  }

  /** For {@code aiQuery}: a SQL type such as {@code STRUCT<a: INT>}, which the result gets. */
  public AiOptions returnType(String type) {
    return with("returnType", type);
  }

  /** For {@code aiQuery}: {@code json_object}, a JSON schema or a SQL type; the result is text. */
  public AiOptions responseFormat(String format) {
    return with("responseFormat", format);
  }

  /** For {@code aiSummarize}: words to aim at; 0 sets no limit. */
  public AiOptions maxWords(int words) {
    return with("max_words", words);
  }

  /** For {@code aiClassify}: all labels that fit, as an array. */
  public AiOptions multiLabel(boolean several) {
    return with("multiLabel", several);
  }

  /** For {@code aiSummarizeAgg}: what is asked about the texts. */
  public AiOptions instruction(String instruction) {
    return with("instruction", instruction);
  }

  /** Most new tokens. */
  public AiOptions maxTokens(int tokens) {
    return generation(GenerationOptionList.MAX_TOKENS.name(), tokens);
  }

  /** How freely tokens are chosen; 0 always takes the likeliest. */
  public AiOptions temperature(double temperature) {
    return generation(GenerationOptionList.TEMPERATURE.name(), temperature);
  }

  /**
   * Any option of a completion.
   *
   * @param name as in {@code modelParameters}, such as {@code top_p}
   * @param value a string, a number, a boolean or a list of strings
   */
  public AiOptions generation(String name, Object value) {
    SortedMap<String, Object> more = new TreeMap<>(generation);
    more.put(name, value);
    return new AiOptions(arguments, more);
  }

  private AiOptions with(String argument, Object value) {
    SortedMap<String, Object> more = new TreeMap<>(arguments);
    more.put(argument, value);
    return new AiOptions(more, generation);
  }

  /**
   * The optional arguments of a function by position; null where one is left out.
   *
   * @throws IllegalArgumentException if the function does not take one of these options
   */
  List<Column> of(String function) {
    SortedMap<String, Object> left = new TreeMap<>(arguments);
    if (!generation.isEmpty()) {
      left.put(MODEL_PARAMETERS, new ObjectMapper().valueToTree(generation).toString());
    }
    List<String> names = names(function);
    List<Column> values = new ArrayList<>();
    for (String name : names) {
      values.add(lit(left.remove(name)));
    }
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "Function %s does not take the option %s; it takes %s"
              .formatted(function, left.firstKey(), String.join(", ", names)));
    }
    return values;
  }

  /** Names of the optional arguments of a function in the order of their positions. */
  static List<String> names(String function) {
    return switch (function) {
      case "ai_query" -> List.of("returnType", FAIL_ON_ERROR, MODEL_PARAMETERS, "responseFormat");
      case "ai_count_tokens" -> List.of(MODEL);
      case "ai_summarize" -> List.of("max_words", FAIL_ON_ERROR, MODEL_PARAMETERS, MODEL);
      case "ai_classify" -> List.of("multiLabel", FAIL_ON_ERROR, MODEL_PARAMETERS, MODEL);
      case "ai_summarize_agg" -> List.of("instruction", FAIL_ON_ERROR, MODEL_PARAMETERS, MODEL);
      default -> List.of(FAIL_ON_ERROR, MODEL_PARAMETERS, MODEL);
    };
  }
}

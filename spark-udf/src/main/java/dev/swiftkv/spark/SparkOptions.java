package dev.swiftkv.spark;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.engine.options.Option;
import dev.swiftkv.engine.options.OptionDocs;
import dev.swiftkv.engine.options.OptionValues;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.network.util.JavaUtils;

/**
 * Every {@code spark.swiftkv.*} option of a session: the ones listed here, those of the engine and
 * those of a completion, all written in camel case. To add one, add it here.
 *
 * <p>Read on the driver when a query is analyzed (what is asked of which engine) or planned (how it
 * is batched); the executors get the values with the plan.
 */
public final class SparkOptions {
  /** What every key starts with. */
  public static final String PREFIX = "spark.swiftkv.";

  /** The model that answers where a call names none. */
  public static final Option<String> MODEL =
      text(
          "model",
          "demo",
          "Model of calls that name none: a built-in name, or a directory that every executor can"
              + " read.");

  /** What the key of a function's template starts with. */
  public static final String TEMPLATE_PREFIX = PREFIX + "template.";

  /** Unanswered prompts of one task. */
  public static final Option<Integer> WINDOW_PROMPTS =
      integer("window_prompts", 256, "Most unanswered prompts that one task has in flight.");

  /** Tokens of unanswered prompts of one task. */
  public static final Option<Integer> WINDOW_TOKENS =
      integer(
          "window_tokens",
          262_144,
          "Most tokens of unanswered prompts that one task has in flight, estimated from their"
              + " bytes. A single prompt may be longer.");

  /** Bytes of rows waiting for their turn. */
  public static final Option<Long> WINDOW_BYTES =
      new Option<>(
          "window_bytes",
          "bytes",
          64L << 20,
          "at least 1, with k, m, g or t",
          "Most bytes of rows that one task keeps in memory while their prompts are answered; more"
              + " wait on disk. As many bytes of answers wait behind a slow one. A single row may"
              + " be longer.",
          reading(JavaUtils::byteStringAsBytes, "a number of bytes such as 1048576, 512k or 64m"));

  /** Answers kept for equal prompts. */
  public static final Option<Long> RESULT_CACHE_BYTES =
      new Option<>(
          "result_cache_bytes",
          "bytes",
          64L << 20,
          "at least 0, with k, m, g or t",
          "Most heap for answers that an executor keeps of each model: later rows, retried tasks"
              + " and other queries with an equal prompt and equal options get them again. 0 keeps"
              + " none; prompts in flight are shared nevertheless.",
          reading(JavaUtils::byteStringAsBytes, "a number of bytes such as 1048576, 512k or 64m"));

  /** Texts of a group. */
  public static final Option<Long> AGGREGATE_BYTES =
      new Option<>(
          "aggregate_bytes",
          "bytes",
          16L << 20,
          "at least 1, with k, m, g or t",
          "Most bytes of texts that `ai_agg` and `ai_summarize_agg` gather of one group before they"
              + " ask about them. Only the answer for a group with more may depend on how its rows"
              + " are partitioned.",
          reading(JavaUtils::byteStringAsBytes, "a number of bytes such as 1048576, 512k or 64m"));

  /** Longest limit that is fetched before its prompts are asked. */
  public static final Option<Integer> TAKE_ROWS =
      new Option<>(
          "take_rows",
          "integer",
          10_000,
          "at least 0",
          "Largest LIMIT whose rows are fetched to the driver first and then spread over all tasks:"
              + " as many prompts as rows, a lazy scan, and all tasks at work.",
          reading(Integer::valueOf, "a whole number"));

  /** More tasks than the input has. */
  public static final Option<Repartitioning> REPARTITION =
      new Option<>(
          "repartition",
          "auto, off or integer",
          new Repartitioning.Automatic(),
          "at least 1",
          "Spreads the rows over this many tasks before they are asked, equal prompts to one task."
              + " `auto`: over all slots, where there are several executors and the input would"
              + " leave slots empty, such as a single file or a small shuffle. Ordered and limited"
              + " rows stay where they are.",
          reading(Repartitioning::parse, "auto, off or a whole number of at least 1"));

  /** Speed of a model that has not been measured. */
  public static final Option<Double> TOKENS_PER_SECOND =
      new Option<>(
          "tokens_per_second",
          "number",
          0.0,
          "at least 0",
          "Tokens of prompts and completions that one executor computes in a second, for"
              + " `ai_estimate` as long as it has not measured the model itself. 0: unknown.",
          reading(SparkOptions::rate, "a number of at least 0"));

  /** Arrow columns in, Arrow columns out. */
  public static final Option<Boolean> COLUMNAR =
      flag(
          "columnar",
          true,
          "Reads prompts in place where the operator below gives Arrow columns; rows are used"
              + " otherwise.");

  /** The rules that save prompts. */
  public static final Option<Boolean> OPTIMIZE =
      flag(
          "optimize",
          true,
          "Shares, moves and drops calls so that fewer prompts are asked. `false` evaluates every"
              + " call where it is written, which shows what the rules save.");

  /** Where engines come from. */
  public static final Option<String> ENGINE_PROVIDER =
      text(
          "engine_provider",
          "dev.swiftkv.spark.batch.SharedEngines",
          "Class that gives the tasks of an executor their engine; for tests and experiments.");

  /** Options of how a query is planned and batched. */
  public static final List<Option<?>> PLANNING =
      List.of(
          MODEL,
          WINDOW_PROMPTS,
          WINDOW_TOKENS,
          WINDOW_BYTES,
          RESULT_CACHE_BYTES,
          AGGREGATE_BYTES,
          TAKE_ROWS,
          REPARTITION,
          TOKENS_PER_SECOND,
          COLUMNAR,
          OPTIMIZE,
          ENGINE_PROVIDER);

  /** Every option, in the order of the documents. */
  public static final List<Option<?>> ALL =
      List.of(PLANNING, EngineOptionList.ALL, GenerationOptionList.ALL).stream()
          .<Option<?>>flatMap(List::stream)
          .toList();

  private final SortedMap<String, String> given;
  private final SortedMap<String, String> templates;
  private final OptionValues values;

  private SparkOptions(SortedMap<String, String> given, SortedMap<String, String> templates) {
    this.given = given;
    this.templates = templates;
    values = OptionValues.of(ALL, given, PREFIX);
    values.check(ALL);
  }

  /**
   * The options among all settings of a session; other settings are ignored.
   *
   * @throws EngineException INVALID_OPTION for a key that is no option or a text that is no value
   */
  public static SparkOptions of(Map<String, String> sessionSettings) {
    SortedMap<String, String> given = new TreeMap<>();
    SortedMap<String, String> templates = new TreeMap<>();
    sessionSettings.forEach(
        (key, value) -> {
          if (key.startsWith(TEMPLATE_PREFIX)) {
            templates.put(key.substring(TEMPLATE_PREFIX.length()), value);
          } else if (key.startsWith(PREFIX)) {
            given.put(key.substring(PREFIX.length()), value);
          }
        });
    return new SparkOptions(given, templates);
  }

  /** The options as a Markdown table, by their keys. */
  public static String documentation() {
    return OptionDocs.table(ALL, SparkOptions::key);
  }

  /** As set in a session: {@code spark.swiftkv.windowPrompts}. */
  public static String key(Option<?> option) {
    return PREFIX + option.camelName();
  }

  /** Which engine answers a call that names this model; the session's model if it is empty. */
  public EngineSettings engine(String modelOrEmpty) {
    String model = modelOrEmpty.isEmpty() ? values.get(MODEL) : modelOrEmpty;
    return new EngineSettings(model, givenAmong(EngineOptionList.ALL), values.get(ENGINE_PROVIDER));
  }

  /** Generation options of the session, by name; a call's own ones win over them. */
  public SortedMap<String, String> generation() {
    return givenAmong(GenerationOptionList.ALL);
  }

  /** Templates that replace those of functions, by the function's name. */
  public SortedMap<String, String> templates() {
    return templates;
  }

  /** How much of a task may be with the engine. */
  public WindowSettings window() {
    return new WindowSettings(
        values.get(WINDOW_PROMPTS),
        values.get(WINDOW_TOKENS),
        values.get(WINDOW_BYTES),
        values.get(RESULT_CACHE_BYTES));
  }

  /**
   * Most bytes of texts of a group that are gathered before they are asked about.
   *
   * @throws EngineException INVALID_OPTION below 1
   */
  public long aggregateBytes() {
    long bytes = values.get(AGGREGATE_BYTES);
    if (bytes < 1) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be at least 1, got %d".formatted(key(AGGREGATE_BYTES), bytes));
    }
    return bytes;
  }

  /** Largest limit that is fetched first. */
  public int takeRows() {
    return values.get(TAKE_ROWS);
  }

  /** Whether rows are spread over more tasks. */
  public Repartitioning repartitioning() {
    return values.get(REPARTITION);
  }

  /** Tokens that an executor computes in a second, 0 if unknown. */
  public double tokensPerSecond() {
    return values.get(TOKENS_PER_SECOND);
  }

  /** Whether Arrow columns are read in place. */
  public boolean columnar() {
    return values.get(COLUMNAR);
  }

  /** Whether the rules that save prompts run. */
  public boolean optimize() {
    return values.get(OPTIMIZE);
  }

  private SortedMap<String, String> givenAmong(List<Option<?>> options) {
    SortedMap<String, String> found = new TreeMap<>();
    given.forEach(
        (key, value) -> {
          for (Option<?> option : options) {
            if (option.isNamed(key)) {
              found.put(option.name(), value);
            }
          }
        });
    return found;
  }

  private static Option<String> text(String name, String defaultValue, String doc) {
    return new Option<>(name, "string", defaultValue, "", doc, Function.identity());
  }

  private static Option<Integer> integer(String name, int defaultValue, String doc) {
    return new Option<>(
        name,
        "integer",
        defaultValue,
        "at least 1",
        doc,
        reading(Integer::valueOf, "a whole number"));
  }

  private static Option<Boolean> flag(String name, boolean defaultValue, String doc) {
    return new Option<>(
        name, "true or false", defaultValue, "", doc, reading(SparkOptions::flag, "true or false"));
  }

  private static Double rate(String text) {
    double rate = Double.parseDouble(text);
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new NumberFormatException(text);
    }
    return rate;
  }

  private static Boolean flag(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new NumberFormatException(text);
    };
  }

  private static <V> Function<String, V> reading(Function<String, V> parse, String expected) {
    return text -> {
      try {
        return parse.apply(text.strip());
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(expected, e);
      }
    };
  }
}

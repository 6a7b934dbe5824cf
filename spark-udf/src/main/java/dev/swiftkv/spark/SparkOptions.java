package dev.swiftkv.spark;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.batch.WindowSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Every {@code spark.swiftkv.*} option of a session. To add one, add it here.
 *
 * <p>Read on the driver when a query is analyzed (what is asked of the engine) or planned (how it
 * is batched); the executors get the values with the plan.
 */
public final class SparkOptions {
  /** What every key starts with. */
  public static final String PREFIX = "spark.swiftkv.";

  /** The model that answers where a call names none. */
  public static final SparkOption MODEL =
      new SparkOption(
          "model",
          "string",
          "demo",
          "Model of calls that name none: a built-in name, or a directory that every executor can"
              + " read.");

  /** Unanswered prompts of one task. */
  public static final SparkOption WINDOW_PROMPTS =
      new SparkOption(
          "window.prompts", "int", "256", "Most unanswered prompts that one task has in flight.");

  /** Tokens of unanswered prompts of one task. */
  public static final SparkOption WINDOW_TOKENS =
      new SparkOption(
          "window.tokens",
          "long",
          "262144",
          "Most tokens of unanswered prompts that one task has in flight, estimated from their"
              + " bytes. One prompt may be longer.");

  /** Bytes of rows waiting for their turn. */
  public static final SparkOption WINDOW_BYTES =
      new SparkOption(
          "window.bytes",
          "long",
          "67108864",
          "Most bytes of rows that one task keeps while their prompts are answered.");

  /** Longest limit that is fetched before its prompts are asked. */
  public static final SparkOption TAKE_ROWS =
      new SparkOption(
          "take.rows",
          "int",
          "10000",
          "Largest LIMIT whose rows are fetched to the driver first and then spread over all tasks:"
              + " exactly as many prompts as rows, a lazy scan, and all tasks at work.");

  /** Arrow columns in, Arrow columns out. */
  public static final SparkOption COLUMNAR =
      new SparkOption(
          "columnar",
          "boolean",
          "true",
          "Read Arrow columns in place where the operator below gives them. Rows are used"
              + " otherwise.");

  /** The rules that save prompts. */
  public static final SparkOption OPTIMIZE =
      new SparkOption(
          "optimize",
          "boolean",
          "true",
          "Share, move and drop calls so that fewer prompts are asked. Off: every call is evaluated"
              + " where it is written, to see what the rules change.");

  /** Where engines come from. */
  public static final SparkOption ENGINE_PROVIDER =
      new SparkOption(
          "engineProvider",
          "string",
          "dev.swiftkv.spark.batch.SharedEngines",
          "Class that gives the tasks of an executor their engine; for tests and experiments.");

  /** Prefix of generation options that hold for every call of the session. */
  public static final String GENERATION_PREFIX = "generation.";

  /** Options of how a query is planned and batched. */
  public static final List<SparkOption> PLANNING =
      List.of(
          MODEL,
          WINDOW_PROMPTS,
          WINDOW_TOKENS,
          WINDOW_BYTES,
          TAKE_ROWS,
          COLUMNAR,
          OPTIMIZE,
          ENGINE_PROVIDER);

  /** Options that are handed to the engine under their own name. */
  public static final List<SparkOption> ENGINE =
      List.of(
          new SparkOption("device", "string", "auto", "auto, cpu, scalar or cuda."),
          new SparkOption("deviceIndex", "int", "0", "Which device of its kind."),
          new SparkOption("dtype", "string", "auto", "auto, f32 or bf16."),
          new SparkOption("threads", "int", "0", "CPU threads; 0 means all processors."),
          new SparkOption("stepTokens", "int", "512", "Most tokens of one forward pass."),
          new SparkOption("maxSequences", "int", "64", "Most sequences decoding at once."),
          new SparkOption(
              "kvCacheBytes", "long", "0", "Bytes of keys and values; 0 means a share."),
          new SparkOption("contextLength", "int", "0", "Most tokens; 0 means the model's limit."),
          new SparkOption("prefixCache", "boolean", "true", "Keep blocks for equal prefixes."));

  private final Map<String, String> values;

  private SparkOptions(Map<String, String> values) {
    this.values = values;
  }

  /** The options among all settings of a session; other settings are ignored. */
  public static SparkOptions of(Map<String, String> sessionSettings) {
    Map<String, String> values = new TreeMap<>();
    sessionSettings.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            values.put(key.substring(PREFIX.length()), value);
          }
        });
    return new SparkOptions(values);
  }

  /** All options, in the order of the documentation. */
  public static List<SparkOption> all() {
    List<SparkOption> all = new ArrayList<>(PLANNING);
    all.addAll(ENGINE);
    return List.copyOf(all);
  }

  /** Which engine answers a call. */
  public EngineSettings engine(String modelOrEmpty) {
    SortedMap<String, String> engine = new TreeMap<>();
    for (SparkOption option : ENGINE) {
      if (values.containsKey(option.name())) {
        engine.put(option.name(), values.get(option.name()));
      }
    }
    String model = modelOrEmpty.isEmpty() ? text(MODEL) : modelOrEmpty;
    return new EngineSettings(model, engine, text(ENGINE_PROVIDER));
  }

  /** Generation options of the session, by name. */
  public SortedMap<String, String> generation() {
    SortedMap<String, String> generation = new TreeMap<>();
    values.forEach(
        (name, value) -> {
          if (name.startsWith(GENERATION_PREFIX)) {
            generation.put(name.substring(GENERATION_PREFIX.length()), value);
          }
        });
    return generation;
  }

  /** How much of a task may be with the engine. */
  public WindowSettings window() {
    return new WindowSettings(
        (int) number(WINDOW_PROMPTS), number(WINDOW_TOKENS), number(WINDOW_BYTES));
  }

  /** Largest limit that is fetched first. */
  public int takeRows() {
    return (int) number(TAKE_ROWS);
  }

  /** Whether Arrow columns are read in place. */
  public boolean columnar() {
    return Boolean.parseBoolean(text(COLUMNAR));
  }

  /** Whether the rules that save prompts run. */
  public boolean optimize() {
    return Boolean.parseBoolean(text(OPTIMIZE));
  }

  private String text(SparkOption option) {
    return values.getOrDefault(option.name(), option.defaultValue());
  }

  private long number(SparkOption option) {
    String value = text(option);
    try {
      return Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be a whole number, got \"%s\"".formatted(option.key(), value),
          e);
    }
  }
}

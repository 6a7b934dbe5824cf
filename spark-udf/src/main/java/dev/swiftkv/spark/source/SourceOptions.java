package dev.swiftkv.spark.source;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The options of {@code format("swiftkv")}. Names are not case-sensitive.
 *
 * <table>
 * <caption>Options</caption>
 * <tr><th>option</th><th>meaning</th></tr>
 * <tr><td>{@code path}</td><td>what the inner source reads</td></tr>
 * <tr><td>{@code source.format}</td><td>the inner source; guessed from the path by default</td></tr>
 * <tr><td>{@code source.*}</td><td>options of the inner source, such as {@code source.header}</td></tr>
 * <tr><td>{@code prompt}</td><td>a column, or a template with {@code {column}}; {@code prompt} by default</td></tr>
 * <tr><td>{@code model}</td><td>name or directory; the session's by default</td></tr>
 * <tr><td>others</td><td>generation options, such as {@code max_tokens}</td></tr>
 * </table>
 *
 * @param path what the inner source reads, if it reads a path
 * @param format the inner source as Spark calls it
 * @param sourceOptions options of the inner source, without {@code source.}
 * @param prompt a column name or a template
 * @param model name or directory, if not the session's
 * @param generation generation options by name
 */
public record SourceOptions(
    Optional<String> path,
    String format,
    Map<String, String> sourceOptions,
    String prompt,
    Optional<String> model,
    SortedMap<String, String> generation) {
  /** Column that holds the prompt where no option says. */
  public static final String DEFAULT_PROMPT = "prompt";

  private static final String SOURCE_PREFIX = "source.";

  /** Options that Spark's catalog adds by itself. */
  private static final Set<String> CATALOG_OPTIONS = Set.of("serialization.format");

  /** Sources of files: they need a path. */
  private static final Set<String> FILE_FORMATS =
      Set.of("json", "parquet", "csv", "text", "orc", "avro", "xml");

  /**
   * Sorts options.
   *
   * @throws EngineException of category INVALID_OPTION if the path is missing
   */
  public static SourceOptions parse(Map<String, String> options) {
    Map<String, String> inner = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    SortedMap<String, String> generation = new TreeMap<>();
    Map<String, String> own = new TreeMap<>();
    options.forEach(
        (name, value) -> {
          String key = name.toLowerCase(Locale.ROOT);
          if (key.equals("path")
              || key.equals("source.format")
              || key.equals("prompt")
              || key.equals("model")) {
            own.put(key, value);
          } else if (key.startsWith(SOURCE_PREFIX)) {
            inner.put(name.substring(SOURCE_PREFIX.length()), value);
          } else if (!CATALOG_OPTIONS.contains(key)) {
            generation.put(name, value);
          }
        });
    Optional<String> path = Optional.ofNullable(own.get("path"));
    String format = TableFormat.sparkName(own.get("source.format"), path);
    TableFormat.impliedOptions(own.get("source.format"), path).forEach(inner::putIfAbsent);
    if (path.isEmpty() && FILE_FORMATS.contains(format.toLowerCase(Locale.ROOT))) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "format(\"swiftkv\") has no path to read %s from: say load(path) or option path."
              .formatted(format));
    }
    return new SourceOptions(
        path,
        format,
        inner,
        own.getOrDefault("prompt", DEFAULT_PROMPT),
        Optional.ofNullable(own.get("model")),
        generation);
  }
}

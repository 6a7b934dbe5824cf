package dev.swiftkv.spark;

/**
 * One session option.
 *
 * @param name without the prefix {@code spark.swiftkv.}
 * @param type {@code string}, {@code int}, {@code long} or {@code boolean}, for people
 * @param defaultValue as it would be written; empty where leaving it out means something else
 * @param doc one or two sentences
 */
public record SparkOption(String name, String type, String defaultValue, String doc) {
  /** As set in a session: {@code spark.swiftkv.model}. */
  public String key() {
    return SparkOptions.PREFIX + name;
  }
}

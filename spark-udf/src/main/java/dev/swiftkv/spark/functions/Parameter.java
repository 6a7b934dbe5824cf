package dev.swiftkv.spark.functions;

/**
 * One argument of a function.
 *
 * @param name as written in {@code name => value}
 * @param type SQL type, for people
 * @param required whether a call without it is an error
 * @param doc one sentence
 */
public record Parameter(String name, String type, boolean required, String doc) {
  /** An argument that every call must give. */
  public static Parameter required(String name, String type, String doc) {
    return new Parameter(name, type, true, doc);
  }

  /** An argument that a call may leave out. */
  public static Parameter optional(String name, String type, String doc) {
    return new Parameter(name, type, false, doc);
  }
}

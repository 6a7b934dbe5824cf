package dev.swiftkv.spark.functions;

import java.util.List;
import org.apache.spark.sql.types.StructType;

/**
 * A function that is a table, computed on the driver when the query runs.
 *
 * @param name as written in SQL
 * @param summary one sentence; the signature is put in front
 * @param parameters constant strings, all required
 * @param examples statements
 * @param columns of the table
 */
public record TableFunction(
    String name,
    String summary,
    List<Parameter> parameters,
    List<String> examples,
    StructType columns) {
  /** Copies the lists. */
  public TableFunction {
    parameters = List.copyOf(parameters);
    examples = List.copyOf(examples);
  }

  /** {@code ai_estimate(query)}. */
  public String signature() {
    return name + "(" + String.join(", ", parameters.stream().map(Parameter::name).toList()) + ")";
  }
}

package dev.swiftkv.spark.functions;

import java.util.List;

/**
 * One SQL function: what {@code DESCRIBE FUNCTION EXTENDED} says about it and which arguments it
 * takes.
 *
 * @param name as written in SQL
 * @param summary one sentence; the signature is put in front
 * @param parameters in the order of positional arguments, required ones first
 * @param example a statement and, in a comment, what it gives
 */
public record AiFunction(
    String name, String summary, List<Parameter> parameters, List<String> example) {
  /** Copies the lists. */
  public AiFunction {
    parameters = List.copyOf(parameters);
    example = List.copyOf(example);
  }

  /** {@code ai_query(model, prompt[, modelParameters, failOnError])}. */
  public String signature() {
    StringBuilder text = new StringBuilder(name).append('(');
    boolean optional = false;
    for (int i = 0; i < parameters.size(); i++) {
      if (!optional && !parameters.get(i).required()) {
        optional = true;
        text.append('[');
      }
      text.append(i == 0 ? "" : ", ").append(parameters.get(i).name());
    }
    return text.append(optional ? "])" : ")").toString();
  }

  /** How many arguments a call must give. */
  public int requiredCount() {
    return (int) parameters.stream().filter(Parameter::required).count();
  }
}

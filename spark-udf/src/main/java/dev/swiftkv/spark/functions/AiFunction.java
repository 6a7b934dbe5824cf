package dev.swiftkv.spark.functions;

import java.util.List;

/**
 * One SQL function: what {@code DESCRIBE FUNCTION EXTENDED} says about it, which arguments it
 * takes, how they become a prompt, and what the model is to write.
 *
 * @param name as written in SQL
 * @param summary one sentence; the signature is put in front
 * @param parameters in the order of positional arguments, required ones first
 * @param examples statements
 * @param template the prompt with {@code {parameter}} where an argument belongs, shared text first;
 *     empty where there is no prompt
 * @param answer what the model is to write
 * @param maxTokens limit on new tokens where neither call nor session says; 0 for the engine's
 */
public record AiFunction(
    String name,
    String summary,
    List<Parameter> parameters,
    List<String> examples,
    String template,
    Answer answer,
    int maxTokens) {
  /** Copies the lists. */
  public AiFunction {
    parameters = List.copyOf(parameters);
    examples = List.copyOf(examples);
  }

  /** {@code ai_gen(prompt[, model, …])}. */
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

  /** Whether a call may give this argument. */
  public boolean hasParameter(String parameter) {
    return parameters.stream().anyMatch(known -> known.name().equals(parameter));
  }

  /** How many arguments a call must give. */
  public int requiredCount() {
    return (int) parameters.stream().filter(Parameter::required).count();
  }
}

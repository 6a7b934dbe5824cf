package dev.swiftkv.benchmarks.threads;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A thread and the facts that it holds.
 *
 * @param channel which of the four layouts the text has
 * @param text the thread
 * @param order the number of the order that the case is about
 * @param problem the symptom and its trigger in the model's own words
 * @param resolution how the case ended in the model's own words
 */
record SupportThread(
    String channel,
    String text,
    String customer,
    String order,
    String product,
    String problem,
    String resolution) {

  /** Returns the only right answer to an instruction of this task. */
  String answer(String task) {
    return switch (task) {
      case "summary" ->
          "%s: %s %s; %s; order %s".formatted(customer, product, problem, resolution, order);
      case "json" -> json();
      case "resolution" -> resolution;
      default -> throw new IllegalArgumentException("no answer is known for the task " + task);
    };
  }

  /** Returns the prompt form that the model was trained on. */
  String prompt(String instruction) {
    return text + "\n\nTask: " + instruction + "\nAnswer:";
  }

  private String json() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("customer", customer);
    facts.put("order", order);
    facts.put("product", product);
    facts.put("problem", problem);
    facts.put("resolution", resolution);
    try {
      ObjectMapper mapper = new ObjectMapper();
      // The model learned JSON with a space after every comma and colon.
      return mapper.writeValueAsString(facts).replace("\":\"", "\": \"").replace("\",\"", "\", \"");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings are always writable as JSON", e);
    }
  }
}

package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Answers requests, one JSON object a line, until its input ends: {@code {"do": "products", …}}
 * gives {@code {"measurements": […]}}, or {@code {"error": "…"}}. benchmarks/gpu/run speaks with
 * it, and with the like in Python.
 */
public final class Worker {
  private final ObjectMapper mapper = new ObjectMapper();
  private final Map<String, Task> tasks = new LinkedHashMap<>();

  /** A worker for one device. */
  private Worker(String device, EngineTasks engine) {
    tasks.put("describe", new DescribeTask(device));
    tasks.put("correctness", new CorrectnessTask(device));
    tasks.put("products", new ProductsTask(device));
    tasks.put("attention", new AttentionTask(device));
    tasks.put("launch", new LaunchTask(device));
    tasks.put("logits", new LogitsTask(device));
    tasks.put("open", engine::open);
    tasks.put("prefill", engine::prefill);
    tasks.put("decode", engine::decode);
    tasks.put("close", engine::close);
  }

  /**
   * Works for whoever writes to standard input.
   *
   * @param arguments the device; {@code cuda} if there is none
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = System.out;
    // Whatever else prints must not come between two answers.
    System.setOut(System.err);
    String device = arguments.length > 0 ? arguments[0] : "cuda";
    try (EngineTasks engine = new EngineTasks(device)) {
      new Worker(device, engine).answerAll(System.in, answers);
    }
  }

  private void answerAll(InputStream in, PrintStream answers) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(mapper.writeValueAsString(answer(mapper.readTree(line))));
      answers.flush();
    }
  }

  private ObjectNode answer(JsonNode request) {
    ObjectNode answer = mapper.createObjectNode();
    try {
      Task task = tasks.get(request.required("do").asText());
      if (task == null) {
        throw new IllegalArgumentException(
            "Asked for %s; known is %s".formatted(request, tasks.keySet()));
      }
      task.run(request, answer);
    } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
      // One part that fails must not end the others: whoever asked reports it.
      e.printStackTrace();
      answer.removeAll();
      answer.put("error", e.toString());
    }
    return answer;
  }
}

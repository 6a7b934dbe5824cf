package dev.swiftkv.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** Something that the worker can be asked for. */
interface Task {
  /**
   * Does it.
   *
   * @param request sizes and options
   * @param answer to be filled
   */
  void run(JsonNode request, ObjectNode answer) throws IOException;
}

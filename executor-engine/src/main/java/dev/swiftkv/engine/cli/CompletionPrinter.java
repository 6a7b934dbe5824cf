package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.RowError;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints completions in the order of their prompts, as text or as JSON lines. */
final class CompletionPrinter {
  private final ObjectMapper mapper = new ObjectMapper();
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;
  private int printed;
  private int failed;

  CompletionPrinter(PrintWriter out, PrintWriter err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /** Prints the next one; a failed one is an empty line, with its reason on standard error. */
  void print(Completion completion) {
    printed++;
    if (completion.error().isPresent()) {
      failed++;
    }
    if (json) {
      out.println(toJson(completion));
    } else {
      out.println(completion.text());
      completion.error().ifPresent(error -> err.println("prompt " + printed + ": " + error));
    }
    out.flush();
  }

  /** How many had an error. */
  int failed() {
    return failed;
  }

  private String toJson(Completion completion) {
    ObjectNode node = mapper.createObjectNode();
    node.put("text", completion.error().isPresent() ? null : completion.text());
    ArrayNode ids = node.putArray("token_ids");
    completion.tokenIds().forEach(ids::add);
    node.put("finish_reason", completion.finishReason().name().toLowerCase(Locale.ROOT));
    node.put("prompt_tokens", completion.promptTokens());
    node.put("cached_tokens", completion.cachedTokens());
    node.put("completion_tokens", completion.completionTokens());
    node.put("error", completion.error().map(RowError::toString).orElse(null));
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.RowError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Answers every prompt with itself, in angle brackets; an empty one with an error. */
final class EchoEngine implements Engine {
  final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  boolean closed;

  @Override
  public CompletableFuture<Completion> submit(Request request) {
    requests.add(request);
    String text = textOf(request.prompt());
    Completion completion =
        text.isEmpty()
            ? Completion.failed(
                new RowError(ErrorCategory.INVALID_PROMPT, "The prompt is empty"), 0)
            : new Completion("<" + text + ">", List.of(7, 8), FinishReason.STOP, 3, 1, null);
    return CompletableFuture.supplyAsync(() -> completion);
  }

  private static String textOf(Prompt prompt) {
    return prompt instanceof Prompt.Utf8 utf8
        ? StandardCharsets.UTF_8.decode(utf8.bytes().duplicate()).toString()
        : ((Prompt.Text) prompt).text();
  }

  @Override
  public int countTokens(String text) {
    return text.length();
  }

  @Override
  public ModelSummary model() {
    return new ModelSummary("echo", "Echo", 1, 1, 1, 0, 0, 0, 100, "f32", "none");
  }

  @Override
  public EngineStats stats() {
    return new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Override
  public boolean isServing() {
    return !closed;
  }

  @Override
  public void close() {
    closed = true;
  }
}

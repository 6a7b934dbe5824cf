package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.functions.GroupPrompts;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Makes one answer of a group of texts: asks about as many as fit into a prompt, then about the
 * answers, level by level, until one is left. Each level has fewer than the one before, or the
 * group fails. One failed prompt fails the group: there is no answer about some of its texts.
 *
 * <p>Which prompts are asked depends on the texts alone. All prompts of a level are with the engine
 * at the same time, as far as the window has room.
 */
public final class Reduction implements Asked {
  private final PromptWindow window;
  private final int call;
  private final GroupPrompts prompts;
  private final GroupTokens tokens;
  private final List<String> earlyAnswers = new ArrayList<>();
  private final Deque<Part> open = new ArrayDeque<>();
  private List<String> answers = new ArrayList<>(); // of this level, in order
  private PromptPacker parts;
  private int level;
  private int inputs; // of this level
  private TokenUsage usage;
  private boolean cut;
  private RowError errorOrNull;
  private boolean done;

  /** An answer of a level that is waited for, or that needs no prompt. */
  private record Part(Ticket ticketOrNull, String text) {
    boolean isReady() {
      return ticketOrNull == null || ticketOrNull.isDone();
    }
  }

  private Reduction(PromptWindow window, int call, TextGroup group) {
    this.window = window;
    this.call = call;
    prompts = window.lane(call).call().groupOrNull();
    tokens = window.lane(call).groupTokens();
    usage = group.usage();
    cut = group.isCut();
    errorOrNull = group.errorOrNull();
  }

  /**
   * Begins; {@link #advance} asks.
   *
   * @param group not empty
   */
  static Reduction of(PromptWindow window, int call, TextGroup group) {
    Reduction reduction = new Reduction(window, call, group);
    if (reduction.errorOrNull == null) {
      try {
        reduction.begin(group);
      } catch (EngineException e) {
        reduction.fail(new RowError(e.category(), e.getMessage()));
      }
    }
    return reduction;
  }

  private void begin(TextGroup group) {
    for (byte[] answer : group.sortedAnswers()) {
      earlyAnswers.add(decode(answer));
    }
    List<String> texts = new ArrayList<>();
    for (byte[] text : group.sortedTexts()) {
      texts.add(decode(text));
    }
    inputs = texts.size();
    parts = new PromptPacker(tokens, prompts.first(), /* cutsLongTexts */ true, texts);
  }

  private static String decode(byte[] text) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw new EngineException(
          ErrorCategory.INVALID_PROMPT,
          "A text of the group, of %d bytes, is not UTF-8; decode the column first"
              .formatted(text.length),
          e);
    }
  }

  @Override
  public boolean isDone() {
    return done;
  }

  /** Whether there is more to ask than the window has room for. */
  boolean hasBacklog() {
    return !done && errorOrNull == null && parts.hasNext();
  }

  /** Takes the answers that are there, and asks for as many more as the window has room for. */
  void advance() {
    while (!done) {
      takeReady();
      if (hasBacklog()) {
        if (!window.hasRoom()) {
          return;
        }
        ask();
      } else if (open.isEmpty()) {
        endLevel();
      } else {
        return;
      }
    }
  }

  /**
   * Waits for the end.
   *
   * @throws FailedRowException if a prompt failed and the call wants that to fail the query
   */
  RowAnswer await(Runnable meanwhile) {
    advance();
    while (!done) {
      if (open.isEmpty()) {
        ask(); // Others have all the room; whoever is waited for gets a place beyond it.
      }
      window.handOver();
      Part first = open.getFirst();
      if (first.ticketOrNull() != null) {
        window.await(first.ticketOrNull(), meanwhile);
      }
      advance();
    }
    return answer();
  }

  private void ask() {
    try {
      List<String> texts = parts.next();
      boolean passes = level > 0 && texts.size() == 1; // to be combined on the next level
      open.addLast(
          passes
              ? new Part(null, texts.get(0))
              : new Part(window.ask(call, parts.prompt(texts)), null));
    } catch (EngineException e) {
      fail(new RowError(e.category(), e.getMessage()));
    }
  }

  private void takeReady() {
    while (!open.isEmpty() && open.getFirst().isReady()) {
      Part part = open.removeFirst();
      if (part.ticketOrNull() == null) {
        answers.add(part.text());
      } else {
        take(window.await(part.ticketOrNull(), () -> {}));
      }
    }
  }

  private void take(Completion completion) {
    window.rowRead(); // All parts are wanted, so the window may grow with each.
    usage = usage.plus(TokenUsage.of(completion));
    cut |= completion.finishReason() == FinishReason.LENGTH;
    answers.add(completion.text());
    if (errorOrNull == null) {
      errorOrNull = completion.errorOrNull();
    }
  }

  private void endLevel() {
    if (level == 0) {
      earlyAnswers.addAll(answers);
      answers = earlyAnswers;
    }
    if (errorOrNull != null || answers.size() == 1) {
      done = true;
      return;
    }
    if (level > 0 && answers.size() == inputs) {
      fail(twoDoNotFit());
      return;
    }
    startCombining();
  }

  private void startCombining() {
    level++;
    inputs = answers.size();
    try {
      parts = new PromptPacker(tokens, prompts.combining(), /* cutsLongTexts */ false, answers);
      answers = new ArrayList<>();
    } catch (EngineException e) {
      fail(new RowError(e.category(), e.getMessage()));
    }
  }

  private void fail(RowError error) {
    errorOrNull = error;
    window.failed(call, error);
  }

  private RowError twoDoNotFit() {
    int first = tokens.ofText(answers.get(0));
    int second = tokens.ofText(answers.get(1));
    int both = tokens.ofPrompt(parts.prompt(answers.subList(0, 2)));
    return new RowError(
        ErrorCategory.INVALID_OPTION,
        ("Two answers of %d and %d tokens make a prompt of %d tokens; with max_tokens %d the context"
                + " of %d has room for %d, so they cannot be combined. Lower max_tokens or shorten"
                + " the instruction")
            .formatted(
                first, second, both, tokens.maxTokens(), tokens.contextLength(), tokens.room()));
  }

  private RowAnswer answer() {
    if (errorOrNull != null) {
      return new RowAnswer("", FinishReason.ERROR, usage, errorOrNull);
    }
    return new RowAnswer(
        answers.get(0), cut ? FinishReason.LENGTH : FinishReason.STOP, usage, null);
  }
}

package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.functions.PromptFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/**
 * Packs texts into prompts, in their order, as many into each as the model's context takes. What is
 * in which prompt depends on the texts and the model alone.
 */
final class PromptPacker {
  private static final String SEPARATOR = "\n\n";

  /** With less room for texts there would be a prompt for every few words. */
  private static final int LEAST_ROOM = 16;

  private final GroupTokens tokens;
  private final PromptFrame frame;
  private final boolean cutsLongTexts;
  private final Deque<String> texts;
  private final int frameTokens;
  private final int separatorTokens;

  /**
   * A packer.
   *
   * @param cutsLongTexts whether a text that is too long alone is cut; otherwise it is packed alone
   * @throws EngineException INVALID_OPTION if the frame leaves no room for texts
   */
  PromptPacker(
      GroupTokens tokens, PromptFrame frame, boolean cutsLongTexts, Collection<String> texts) {
    this.tokens = tokens;
    this.frame = frame;
    this.cutsLongTexts = cutsLongTexts;
    this.texts = new ArrayDeque<>(texts);
    frameTokens = tokens.ofPrompt(frame.around("."));
    separatorTokens = tokens.ofText(SEPARATOR);
    if (tokens.room() - frameTokens < LEAST_ROOM) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The instruction and the template have %d tokens; with max_tokens %d the context of %d"
                  .formatted(frameTokens, tokens.maxTokens(), tokens.contextLength())
              + " has no room for texts. Shorten the instruction or lower max_tokens");
    }
  }

  boolean hasNext() {
    return !texts.isEmpty();
  }

  /** Texts of the next prompt, at least one. */
  List<String> next() {
    while (true) {
      Deque<String> packed = gather();
      while (packed.size() > 1 && ofPrompt(packed) > tokens.room()) {
        texts.addFirst(packed.removeLast());
      }
      if (packed.size() > 1 || !cutsLongTexts || ofPrompt(packed) <= tokens.room()) {
        return List.copyOf(packed);
      }
      List<String> pieces =
          TextPieces.of(
              packed.removeFirst(),
              piece -> tokens.ofPrompt(frame.around(piece)) - frameTokens,
              tokens.room() - frameTokens);
      for (int i = pieces.size() - 1; i > 0; i--) {
        texts.addFirst(pieces.get(i));
      }
      return List.of(pieces.get(0));
    }
  }

  /** By the sum of what each text has alone, which is nearly what they have together. */
  private Deque<String> gather() {
    Deque<String> packed = new ArrayDeque<>();
    long sum = frameTokens;
    while (!texts.isEmpty()) {
      sum += tokens.ofText(texts.peekFirst()) + separatorTokens;
      if (!packed.isEmpty() && sum > tokens.room()) {
        break;
      }
      packed.addLast(texts.removeFirst());
    }
    return packed;
  }

  private int ofPrompt(Collection<String> packed) {
    return tokens.ofPrompt(prompt(packed));
  }

  /** The prompt about these texts. */
  String prompt(Collection<String> packed) {
    return frame.around(String.join(SEPARATOR, new ArrayList<>(packed)));
  }
}

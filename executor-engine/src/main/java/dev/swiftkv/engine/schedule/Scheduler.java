package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.kvcache.Admission;
import dev.swiftkv.kvcache.KvCacheManager;
import java.util.ArrayList;
import java.util.List;

/**
 * Dynamic SplitFuse. Each step takes one token of every decoding sequence, then prompt tokens, in
 * pieces, until the step's budget is filled exactly or nothing is left to compute. A sequence is
 * admitted only with room for its whole prompt and completion, so none is ever put back.
 *
 * <p>A sequence is admitted only into a step in which every other one has a token, so there are
 * never more than the budget has tokens, and every decoding sequence advances in every step. A step
 * has as many logit rows as sequences; those that decoding sequences leave go to prompts that end
 * and to scored tokens, of which a sequence may need many.
 */
public final class Scheduler {
  private final KvCacheManager cache;
  private final int maxSequences;
  private final WaitingSequences waiting = new WaitingSequences();
  private final List<Sequence> running = new ArrayList<>();
  private final List<Ended> ended = new ArrayList<>();
  private int stepTokens;
  private int firstToDecode;

  /** A sequence that ended, or failed by itself, and whose owner does not know yet. */
  private record Ended(Sequence sequence, FinishReason reason, RowError errorOrNull) {
    void deliver() {
      if (errorOrNull == null) {
        sequence.owner().finished(reason);
      } else {
        sequence.owner().failed(errorOrNull);
      }
    }
  }

  /**
   * A scheduler without sequences.
   *
   * @param cache where sequences get their blocks
   * @param stepTokens most tokens of a step
   * @param maxSequences most sequences admitted at once
   */
  public Scheduler(KvCacheManager cache, int stepTokens, int maxSequences) {
    this.cache = cache;
    this.stepTokens = stepTokens;
    this.maxSequences = maxSequences;
  }

  /** Adds a sequence; it runs when its turn and its room have come. */
  public void enqueue(Sequence sequence) {
    waiting.add(sequence);
  }

  /** Whether any sequence is not finished. */
  public boolean hasWork() {
    return !running.isEmpty() || !waiting.isEmpty();
  }

  /** Sequences admitted. */
  public int runningCount() {
    return running.size();
  }

  /** Sequences not yet admitted. */
  public int waitingCount() {
    return waiting.size();
  }

  /**
   * Chooses the next step and admits what it needs. Sequences whose owner gave up are dropped.
   *
   * @param plan receives the step; empty if no sequence is left
   */
  public void plan(StepPlan plan) {
    plan.clear();
    dropGivenUp();
    addDecodingTokens(plan);
    addRunningPrompts(plan);
    addWaitingPrompts(plan);
  }

  /**
   * Books a step that ran. Owners of sequences that ended learn it from {@link #deliver}, since
   * what they do with it can be done while the device works on the next step.
   *
   * @param sampled for each logit row in order the token sampled from it
   */
  public void advance(StepPlan plan, int[] sampled) {
    int row = 0;
    for (int i = 0; i < plan.size(); i++) {
      Sequence sequence = plan.sequence(i);
      int end = row + plan.logitRows(i);
      sequence.computed(plan.count(i));
      cache.publish(sequence.table(), sequence.computedTokens());
      FinishReason reason = null;
      for (; row < end; row++) {
        reason = sequence.isScored() ? score(sequence, plan, row) : sequence.append(sampled[row]);
      }
      RowError errorOrNull = sequence.errorOrNull();
      if (reason != null || errorOrNull != null) {
        remove(sequence);
        ended.add(new Ended(sequence, reason, errorOrNull));
      }
    }
  }

  /** Adds one log-probability after the other, so that pieces sum up as the whole does. */
  private static FinishReason score(Sequence sequence, StepPlan plan, int row) {
    sequence.addLogProbability(plan.logProbability(row));
    return sequence.pendingTokens() == 0 ? FinishReason.STOP : null;
  }

  /** Tells the owners of ended sequences. */
  public void deliver() {
    ended.forEach(Ended::deliver);
    ended.clear();
  }

  /**
   * Makes later steps at most half as large as one for which there was no memory. Nothing of that
   * step is booked, so the next plan computes the same tokens in smaller steps.
   *
   * @return whether there is a smaller step than this one
   */
  public boolean shrink(StepPlan plan) {
    if (plan.tokens() <= 1) {
      return false;
    }
    stepTokens = Math.min(stepTokens, plan.tokens() / 2);
    return true;
  }

  /** Most tokens of a step. */
  public int stepTokens() {
    return stepTokens;
  }

  /** Ends the sequences of a step that failed. What they computed is not published. */
  public void fail(StepPlan plan, RowError error) {
    for (int i = 0; i < plan.size(); i++) {
      remove(plan.sequence(i));
      plan.sequence(i).owner().failed(error);
    }
  }

  /** Ends every sequence. Owners are told first: the cache may be what failed. */
  public void abortAll(EngineException failure) {
    deliver();
    List<Sequence> admitted = new ArrayList<>(running);
    running.clear();
    admitted.forEach(sequence -> sequence.owner().aborted(failure));
    waiting.drain(sequence -> sequence.owner().aborted(failure));
    admitted.forEach(sequence -> cache.release(sequence.table()));
  }

  /**
   * After a step {@link #shrink shrank} there may be more sequences than tokens: they take turns.
   */
  private void addDecodingTokens(StepPlan plan) {
    int count = running.size();
    int scanned = 0;
    while (scanned < count && plan.tokens() < stepTokens) {
      Sequence sequence = running.get((firstToDecode + scanned++) % count);
      if (sequence.isDecoding()) {
        plan.add(sequence, 1);
      }
    }
    firstToDecode = scanned < count ? (firstToDecode + scanned) % count : 0;
  }

  private void addRunningPrompts(StepPlan plan) {
    for (int i = 0; i < running.size() && plan.tokens() < stepTokens; i++) {
      if (!running.get(i).isDecoding()) {
        addPiece(plan, running.get(i));
      }
    }
  }

  private void addWaitingPrompts(StepPlan plan) {
    while (plan.tokens() < stepTokens
        && plan.freeLogitRows() > 0
        && running.size() < maxSequences) {
      Sequence next = waiting.next(cache);
      if (next == null) {
        return;
      }
      Admission answer = cache.admit(next.prompt(), next.maxNewTokens());
      if (answer instanceof Admission.Admitted room) {
        waiting.remove(next);
        next.admitted(room.table(), room.cachedTokens());
        running.add(next);
        addPiece(plan, next);
      } else if (answer instanceof Admission.Refused refused) {
        if (!running.isEmpty()) {
          return;
        }
        waiting.remove(next);
        next.owner().failed(neverFits(next, refused));
      }
    }
  }

  private void addPiece(StepPlan plan, Sequence sequence) {
    int count = sequence.fitting(stepTokens - plan.tokens(), plan.freeLogitRows());
    if (count > 0) {
      plan.add(sequence, count);
    }
  }

  private void dropGivenUp() {
    for (int i = running.size() - 1; i >= 0; i--) {
      if (running.get(i).owner().gaveUp()) {
        cache.release(running.remove(i).table());
      }
    }
  }

  private void remove(Sequence sequence) {
    running.remove(sequence);
    cache.release(sequence.table());
  }

  private RowError neverFits(Sequence sequence, Admission.Refused refused) {
    return new RowError(
        ErrorCategory.OUT_OF_MEMORY,
        "%d prompt tokens and %d new ones need %d KV blocks of %d tokens; the cache has %d. "
                .formatted(
                    sequence.promptTokens(),
                    sequence.maxNewTokens(),
                    refused.neededBlocks(),
                    cache.blockTokens(),
                    refused.availableBlocks())
            + "Raise kvCacheBytes or shorten the prompt");
  }
}

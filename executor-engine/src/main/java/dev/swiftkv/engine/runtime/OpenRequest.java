package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.TokenIds;
import dev.swiftkv.engine.schedule.Sequence;
import dev.swiftkv.engine.schedule.SequenceOwner;
import dev.swiftkv.engine.schedule.TokenConstraint;
import dev.swiftkv.kvcache.PromptBlocks;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;

/** A request between its submission and its answer. */
final class OpenRequest implements SequenceOwner {
  private final CompletableFuture<Completion> future = new CompletableFuture<>();
  private final Sequence sequence;
  private final CompletionText text;
  private final BitSet eosTokens;
  private final EngineCounters counters;
  private final OutstandingTokens outstanding;
  private final boolean mayStop;
  private RuntimeException textFailureOrNull;

  OpenRequest(
      int[] promptIds,
      GenerationOptions options,
      CompletionText text,
      EngineParts parts,
      EngineCounters counters,
      TokenConstraint constraintOrNull) {
    this.text = text;
    this.eosTokens = parts.eosTokens();
    this.counters = counters;
    mayStop = constraintOrNull == null && !options.stop().isEmpty();
    outstanding = counters.outstanding((long) promptIds.length + options.maxTokens());
    sequence =
        new Sequence(
            new PromptBlocks(promptIds, parts.limits().kvBlockTokens()),
            options.maxTokens(),
            options.sampling(),
            NoiseSeed.of(options.sampling().seed(), promptIds),
            this,
            constraintOrNull);
    countGivingUp();
  }

  private OpenRequest(int[] ids, int givenTokens, EngineParts parts, EngineCounters counters) {
    text = null;
    eosTokens = parts.eosTokens();
    this.counters = counters;
    mayStop = false;
    outstanding = counters.outstanding(ids.length);
    sequence =
        Sequence.scored(
            new PromptBlocks(ids, parts.limits().kvBlockTokens(), givenTokens - 1),
            givenTokens,
            this);
    countGivingUp();
  }

  /** A request for the score of a continuation. */
  static OpenRequest scoring(
      int[] given, int[] continuation, EngineParts parts, EngineCounters counters) {
    int[] ids = Arrays.copyOf(given, given.length + continuation.length);
    System.arraycopy(continuation, 0, ids, given.length, continuation.length);
    return new OpenRequest(ids, given.length, parts, counters);
  }

  /** Any ending but that by the caller is counted before the caller can see it. */
  private void countGivingUp() {
    var unused = future.whenComplete((completion, failure) -> outstanding.ended());
  }

  CompletableFuture<Completion> future() {
    return future;
  }

  Sequence sequence() {
    return sequence;
  }

  @Override
  public void promptComputed(int tokens) {
    outstanding.computed(tokens);
  }

  @Override
  public boolean accept(int tokenId) {
    outstanding.computed(1);
    if (eosTokens.get(tokenId)) {
      return true;
    }
    return mayStop && grow(tokenId);
  }

  private boolean grow(int tokenId) {
    try {
      return text.accept(tokenId);
    } catch (RuntimeException e) {
      textFailureOrNull = e;
      return true;
    }
  }

  /** Text that no stop string can end is made once, at the end, and not between two steps. */
  private void growToEnd() {
    for (int i = 0; i < sequence.generatedTokens() && textFailureOrNull == null; i++) {
      int tokenId = sequence.token(sequence.promptTokens() + i);
      if (!eosTokens.get(tokenId)) {
        grow(tokenId);
      }
    }
  }

  @Override
  public void finished(FinishReason reason) {
    outstanding.ended();
    if (sequence.isScored()) {
      future.complete(
          Completion.scored(
              sequence.logProbability(),
              idsFrom(sequence.givenTokens()),
              sequence.givenTokens(),
              sequence.cachedTokens()));
      return;
    }
    if (!mayStop) {
      growToEnd();
    }
    String completed = null;
    try {
      completed = textFailureOrNull == null ? text.text() : null;
    } catch (RuntimeException e) {
      textFailureOrNull = e;
    }
    if (textFailureOrNull != null) {
      failed(
          new RowError(
              ErrorCategory.INTERNAL,
              "The generated tokens could not be decoded: %s; please report it"
                  .formatted(textFailureOrNull)));
      return;
    }
    future.complete(
        new Completion(
            completed,
            idsFrom(sequence.promptTokens()),
            reason,
            sequence.promptTokens(),
            sequence.cachedTokens(),
            null));
  }

  @Override
  public void failed(RowError error) {
    outstanding.ended();
    counters.addFailedRequest();
    future.complete(Completion.failed(error, sequence.promptTokens()));
  }

  @Override
  public void aborted(EngineException failure) {
    outstanding.ended();
    future.completeExceptionally(failure);
  }

  @Override
  public boolean gaveUp() {
    return future.isDone();
  }

  private TokenIds idsFrom(int position) {
    int[] ids = new int[sequence.knownTokens() - position];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = sequence.token(position + i);
    }
    return TokenIds.of(ids);
  }
}

package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.swiftkv.engine.AnswerKey;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.WindowSettings;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.unsafe.types.UTF8String;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompts of one task that are with the engine, bounded in number and in tokens. The bound
 * starts at {@value WindowSettings#FIRST_PROMPTS} and grows with every row that is read, so a
 * reader that stops after a few rows pays for few.
 *
 * <p>Tokens are estimated from bytes, with the ratio that the answered prompts had.
 */
public final class PromptWindow implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PromptWindow.class);
  private static final long POLL_MILLIS = 20;
  private static final double FIRST_BYTES_PER_TOKEN = 4.0;

  private final WindowSettings settings;
  private final BatchCounters counters;
  private final TaskContext task;
  private final List<CallLane> lanes = new ArrayList<>();
  private final MessageDigest digest = AnswerKey.newDigest();
  private final List<Map<AnswerKey, Ticket>> open = new ArrayList<>(); // [calls]
  private int openPrompts;
  private long openBytes;
  private long heldBytes; // of answers behind one that is waited for
  private boolean lookedForAnswers; // since an answer was last waited for
  private int limit;
  private long answeredBytes;
  private long answeredTokens;
  private final Set<ErrorCategory> warned = EnumSet.noneOf(ErrorCategory.class);

  /** A window for the calls of one node, in their order. */
  public PromptWindow(
      List<CallSetup> calls,
      WindowSettings settings,
      BatchCounters counters,
      BufferAllocator allocator,
      TaskContext task) {
    this.settings = settings;
    this.counters = counters;
    this.task = task;
    limit = Math.min(settings.prompts(), WindowSettings.FIRST_PROMPTS);
    for (CallSetup call : calls) {
      lanes.add(new CallLane(call, settings.cacheBytes(), counters, allocator));
      open.add(new HashMap<>());
    }
  }

  /** How many prompts may be unanswered now. */
  public int limit() {
    return limit;
  }

  /**
   * Whether another prompt may be asked. Looks at which ones have been answered, once for every
   * time that somebody waits: looking at all of them for each row would cost more than the row.
   */
  public boolean hasRoom() {
    if (!mayAsk() && !lookedForAnswers) {
      forgetAnswered();
      lookedForAnswers = true;
    }
    return mayAsk();
  }

  private boolean mayAsk() {
    return openPrompts < limit
        && estimatedTokens() < settings.tokens()
        && heldBytes < settings.bytes();
  }

  /** Asks the engine with the next batch, unless an equal prompt has been asked before. */
  public Ticket ask(int call, UTF8String prompt) {
    return ask(call, prompt.getByteBuffer(), CallLane::add);
  }

  Ticket ask(int call, String prompt) {
    return ask(call, ByteBuffer.wrap(prompt.getBytes(UTF_8)), CallLane::add);
  }

  CallLane lane(int call) {
    return lanes.get(call);
  }

  /** As {@link #ask}, but at once, with the bytes read where they lie. */
  public Ticket askInPlace(int call, ByteBuffer utf8) {
    return ask(call, utf8, CallLane::submit);
  }

  private Ticket ask(int call, ByteBuffer utf8, WayToEngine way) {
    CallLane lane = lanes.get(call);
    AnswerKey key = lane.key(utf8, digest);
    Ticket known = open.get(call).get(key);
    if (known != null) {
      counters.repeated();
      return known;
    }

    String excerpt = lane.call().failOnError() ? lane.excerpt(utf8) : null;
    Ticket ticket = new Ticket(call, key, utf8.remaining(), excerpt);
    if (!lane.claimKept(ticket)) {
      open.get(call).put(key, ticket);
      openPrompts++;
      openBytes += ticket.bytes();
      way.take(lane, ticket, utf8);
    }
    return ticket;
  }

  private interface WayToEngine {
    void take(CallLane lane, Ticket ticket, ByteBuffer utf8);
  }

  /** Hands over what has been asked and is still being gathered into a batch. */
  public void handOver() {
    for (CallLane lane : lanes) {
      lane.handOver();
    }
  }

  /**
   * Waits for an answer.
   *
   * @param meanwhile called every {@value #POLL_MILLIS} ms: others may have been answered
   * @throws FailedRowException if the row failed and the call wants that to fail the query
   */
  public Completion await(Ticket ticket, Runnable meanwhile) {
    lookedForAnswers = false;
    Completion completion =
        whole(
            lanes.get(ticket.call()).call(),
            ticket.isDone() ? ready(ticket) : waitFor(ticket, meanwhile));
    heldBytes -= ticket.letGo();
    if (ticket.isOwn() && ticket.countOnce()) {
      counters.completed(completion);
      note(ticket, completion.errorOrNull());
      answeredBytes += ticket.bytes();
      answeredTokens += completion.promptTokens();
    }
    if (completion.errorOrNull() != null && lanes.get(ticket.call()).call().failOnError()) {
      throw new FailedRowException(
          lanes.get(ticket.call()).call().function(), ticket.excerpt(), completion.errorOrNull());
    }
    return completion;
  }

  private static Completion whole(CallSetup call, Completion completion) {
    boolean cut = completion.finishReason() == FinishReason.LENGTH && call.isWhole();
    return cut
        ? Completion.failed(
            new RowError(
                ErrorCategory.INVALID_OPTION,
                "The answer of %s had to end at %d tokens and may be another than the model's; raise max_tokens"
                    .formatted(call.function(), completion.completionTokens())),
            completion.promptTokens())
        : completion;
  }

  /**
   * Counts a row that failed before anything could be asked for it.
   *
   * @throws FailedRowException if the call wants that to fail the query
   */
  void failed(int call, RowError error) {
    CallLane lane = lanes.get(call);
    counters.failed(error);
    lane.reject(error);
    warnOnce(lane, error);
    if (lane.call().failOnError()) {
      throw new FailedRowException(lane.call().function(), error);
    }
  }

  private void note(Ticket ticket, RowError errorOrNull) {
    if (errorOrNull == null) {
      return;
    }
    CallLane lane = lanes.get(ticket.call());
    if (ready(ticket).errorOrNull() == null) {
      lane.reject(errorOrNull);
    }
    warnOnce(lane, errorOrNull);
  }

  private void warnOnce(CallLane lane, RowError error) {
    if (warned.add(error.category())) {
      LOG.warn(
          "A prompt of {} in task {} failed: {}. More of this kind are counted only: ai_metrics()",
          lane.call().function(),
          task.taskAttemptId(),
          error);
    }
  }

  /** A row has been read: whoever reads this one may want more. */
  public void rowRead() {
    limit = Math.min(settings.prompts(), limit + WindowSettings.MORE_PROMPTS_PER_ROW);
  }

  private Completion waitFor(Ticket ticket, Runnable meanwhile) {
    long start = System.nanoTime();
    try {
      while (true) {
        if (task.isInterrupted()) {
          throw new TaskKilledException("Cancelled while waiting for the engine");
        }
        try {
          return ticket.answer().get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          lookedForAnswers = false;
          meanwhile.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("Interrupted while waiting for the engine");
    } catch (ExecutionException e) {
      throw EngineFailures.unwrap(e);
    } finally {
      counters.waited(System.nanoTime() - start);
    }
  }

  private static Completion ready(Ticket ticket) {
    try {
      return ticket.answer().join();
    } catch (CompletionException e) {
      throw EngineFailures.unwrap(e);
    }
  }

  private long estimatedTokens() {
    double bytesPerToken =
        answeredTokens == 0 ? FIRST_BYTES_PER_TOKEN : (double) answeredBytes / answeredTokens;
    return (long) (openBytes / bytesPerToken);
  }

  private void forgetAnswered() {
    for (Map<AnswerKey, Ticket> tickets : open) {
      tickets.values().removeIf(this::forgetIfAnswered);
    }
  }

  private boolean forgetIfAnswered(Ticket ticket) {
    if (!ticket.isDone()) {
      return false;
    }
    openPrompts--;
    openBytes -= ticket.bytes();
    heldBytes += ticket.hold();
    return true;
  }

  /** Gives up what has not been answered and lets go of the engines. */
  @Override
  public void close() {
    open.forEach(tickets -> tickets.values().forEach(Ticket::release));
    open.clear();
    for (CallLane lane : lanes) {
      lane.close();
    }
  }
}

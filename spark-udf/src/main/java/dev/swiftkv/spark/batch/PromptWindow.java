package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.WindowSettings;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private static final int EXCERPT_BYTES = 120;
  private static final int MIN_REMEMBERED = 1024;

  private final WindowSettings settings;
  private final BatchCounters counters;
  private final TaskContext task;
  private final List<CallLane> lanes = new ArrayList<>();
  private final MessageDigest digest = PromptKey.newDigest();
  private final Map<PromptKey, Ticket> recent;
  private final ArrayDeque<Ticket> open = new ArrayDeque<>();
  private long openBytes;
  private int limit;
  private long answeredBytes;
  private long answeredTokens;
  private long failed;
  private RowError firstError;

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
    recent = new Recent(Math.max(MIN_REMEMBERED, 4 * settings.prompts()));
    for (CallSetup call : calls) {
      lanes.add(new CallLane(call, counters, allocator));
    }
  }

  /** Whether another prompt may be asked. Looks at which ones have been answered. */
  public boolean hasRoom() {
    if (open.size() >= limit || estimatedTokens() >= settings.tokens()) {
      forgetAnswered();
    }
    return open.size() < limit && estimatedTokens() < settings.tokens();
  }

  /** Asks the engine with the next batch, unless an equal prompt has been asked before. */
  public Ticket ask(int call, UTF8String prompt) {
    ByteBuffer utf8 = prompt.getByteBuffer();
    Ticket ticket = ticket(call, utf8);
    if (ticket.isNew()) {
      lanes.get(call).add(ticket, utf8);
    }
    return ticket;
  }

  /** As {@link #ask}, but at once, with the bytes read where they lie. */
  public Ticket askInPlace(int call, ByteBuffer utf8) {
    Ticket ticket = ticket(call, utf8);
    if (ticket.isNew()) {
      lanes.get(call).submit(ticket, utf8);
    }
    return ticket;
  }

  private Ticket ticket(int call, ByteBuffer utf8) {
    PromptKey key = PromptKey.of(call, utf8.duplicate(), digest);
    Ticket known = recent.get(key);
    if (known != null) {
      known.askedAgain();
      counters.repeated();
      return known;
    }

    String excerpt = lanes.get(call).call().failOnError() ? excerpt(utf8) : null;
    Ticket ticket = new Ticket(call, utf8.remaining(), excerpt);
    recent.put(key, ticket);
    open.add(ticket);
    openBytes += ticket.bytes();
    return ticket;
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
    Completion completion = ticket.isDone() ? ready(ticket) : waitFor(ticket, meanwhile);
    if (ticket.countOnce()) {
      counters.completed(completion);
      note(completion.errorOrNull());
      answeredBytes += ticket.bytes();
      answeredTokens += completion.promptTokens();
    }
    if (completion.errorOrNull() != null && lanes.get(ticket.call()).call().failOnError()) {
      throw new FailedRowException(
          lanes.get(ticket.call()).call().function(), ticket.excerpt(), completion.errorOrNull());
    }
    return completion;
  }

  private void note(RowError errorOrNull) {
    if (errorOrNull != null) {
      failed++;
      firstError = firstError == null ? errorOrNull : firstError;
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
    open.removeIf(
        ticket -> {
          if (ticket.isDone()) {
            openBytes -= ticket.bytes();
          }
          return ticket.isDone();
        });
  }

  private static String excerpt(ByteBuffer utf8) {
    ByteBuffer start = utf8.duplicate();
    start.limit(start.position() + Math.min(start.remaining(), EXCERPT_BYTES));
    return UTF_8.decode(start) + (utf8.remaining() > EXCERPT_BYTES ? "…" : "");
  }

  /** Cancels what has not been answered and lets go of the engines. */
  @Override
  public void close() {
    for (Ticket ticket : open) {
      if (ticket.answer() != null) {
        ticket.answer().cancel(true);
      }
    }
    if (failed > 0) {
      LOG.warn(
          "{} prompts of task {} failed, the first with {}",
          failed,
          task.taskAttemptId(),
          firstError);
    }
    open.clear();
    recent.clear();
    for (CallLane lane : lanes) {
      lane.close();
    }
  }

  /** The last prompts of the task; those that nobody asked for a long time go first. */
  private static final class Recent extends LinkedHashMap<PromptKey, Ticket> {
    private static final long serialVersionUID = 1L;
    private final int capacity;

    Recent(int capacity) {
      super(/* initialCapacity */ 64, /* loadFactor */ 0.75f, /* accessOrder */ true);
      this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<PromptKey, Ticket> eldest) {
      return size() > capacity;
    }
  }
}

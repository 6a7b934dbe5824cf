package dev.swiftkv.spark.batch;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The answers that the rows of one task wait for: each to one prompt or, where the row carries a
 * {@link TextGroup}, to the prompts of a {@link Reduction}. All share one window.
 */
public final class RowAnswers implements AutoCloseable {
  private final PromptWindow window;
  private final long mostGroupBytes;
  private final Deque<OpenGroup> groups = new ArrayDeque<>(); // in the order of the rows
  private long groupBytes;

  private record OpenGroup(Reduction reduction, long bytes) {}

  /**
   * Answers by the calls of a window.
   *
   * @param mostGroupBytes bytes of groups beyond which no further one is begun; one may have more
   */
  public RowAnswers(PromptWindow window, long mostGroupBytes) {
    this.window = window;
    this.mostGroupBytes = mostGroupBytes;
  }

  /** Asks for a row. */
  public Asked ask(int call, UTF8String text) {
    if (window.lane(call).call().groupOrNull() == null) {
      return window.ask(call, text);
    }

    TextGroup group = TextGroup.fromBytes(text.getByteBuffer());
    Reduction reduction = Reduction.of(window, call, group);
    groups.addLast(new OpenGroup(reduction, group.bytes()));
    groupBytes += group.bytes();
    reduction.advance();
    return reduction;
  }

  /** Whether another row may be asked for. */
  public boolean hasRoom() {
    return window.hasRoom() && groupBytes < mostGroupBytes && !hasBacklog();
  }

  private boolean hasBacklog() {
    for (OpenGroup group : groups) {
      if (group.reduction().hasBacklog()) {
        return true;
      }
    }
    return false;
  }

  /** How many prompts may be unanswered now. */
  public int limit() {
    return window.limit();
  }

  /** Lets groups that have been answered in part go on, the first ones first. */
  public void advance() {
    for (OpenGroup group : groups) {
      group.reduction().advance();
      groupBytes -= group.reduction().isDone() ? group.bytes() : 0;
    }
    groups.removeIf(group -> group.reduction().isDone());
  }

  /** Hands over what has been asked and is still being gathered into a batch. */
  public void handOver() {
    window.handOver();
  }

  /**
   * Waits for an answer.
   *
   * @param meanwhile called now and then: others may have been answered
   * @throws FailedRowException if the row failed and the call wants that to fail the query
   */
  public RowAnswer await(Asked asked, Runnable meanwhile) {
    return asked instanceof Ticket ticket
        ? RowAnswer.of(window.await(ticket, meanwhile))
        : ((Reduction) asked).await(meanwhile);
  }

  /** A row has been read: whoever reads this one may want more. */
  public void rowRead() {
    window.rowRead();
  }

  /** Gives up what has not been answered. */
  @Override
  public void close() {
    window.close();
  }
}

package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.spark.batch.CompletionVectors;
import dev.swiftkv.spark.batch.PromptWindow;
import dev.swiftkv.spark.batch.Ticket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * One task's rows, in their order, each with its answers. Rows are read ahead as far as the {@link
 * PromptWindow} has room; the answers at the head of the queue come back together as Arrow vectors.
 */
final class EvalRows implements Iterator<InternalRow> {
  private static final int MAX_ANSWERED_ROWS = 128;

  private final EvalTask task;
  private final Iterator<InternalRow> input;
  private final PromptWindow window;
  private final UnsafeProjection prompts;
  private final UnsafeProjection copyable;
  private final UnsafeProjection output;
  private final BasePredicate[] guards;
  private final List<CompletionVectors> vectors = new ArrayList<>();
  private final JoinedRow joined = new JoinedRow();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private final List<UnsafeRow> answeredRows = new ArrayList<>();
  private ColumnarBatch answers;
  private int next;
  private long queuedBytes;

  private record Waiting(UnsafeRow row, Ticket[] tickets) {}

  EvalRows(EvalTask task, Iterator<InternalRow> input, BufferAllocator allocator) {
    this.task = task;
    this.input = input;
    window = task.openWindow(allocator);
    prompts = task.promptProjection(TaskContext.getPartitionId());
    copyable = task.inputProjection();
    output = task.outputProjection();
    guards = task.guardPredicates(TaskContext.getPartitionId());
    for (int i = 0; i < guards.length; i++) {
      vectors.add(new CompletionVectors(allocator));
    }
  }

  @Override
  public boolean hasNext() {
    return next < answeredRows.size() || !queue.isEmpty() || input.hasNext();
  }

  @Override
  public InternalRow next() {
    if (next == answeredRows.size()) {
      answerNextRows();
    }
    InternalRow row = joined.apply(answeredRows.get(next), answers.getRow(next));
    next++;
    window.rowRead();
    task.metrics().outputRow();
    return output.apply(row);
  }

  /** Waits for the first row of the queue, and takes along those behind it that are answered. */
  private void answerNextRows() {
    vectors.forEach(CompletionVectors::clear);
    answeredRows.clear();
    next = 0;
    readAhead();
    if (queue.isEmpty()) {
      throw new NoSuchElementException();
    }

    do {
      take(queue.removeFirst(), answeredRows.size());
    } while (answeredRows.size() < MAX_ANSWERED_ROWS && !queue.isEmpty() && isAnswered());

    ColumnVector[] columns = new ColumnVector[vectors.size()];
    for (int i = 0; i < columns.length; i++) {
      vectors.get(i).setRows(answeredRows.size());
      columns[i] = vectors.get(i).column();
    }
    answers = new ColumnarBatch(columns, answeredRows.size());
  }

  private void take(Waiting waiting, int row) {
    for (int i = 0; i < waiting.tickets().length; i++) {
      Ticket ticket = waiting.tickets()[i];
      Completion completion = ticket == null ? null : window.await(ticket, this::readAhead);
      vectors.get(i).set(row, completion);
    }
    queuedBytes -= waiting.row().getSizeInBytes();
    answeredRows.add(waiting.row());
  }

  private boolean isAnswered() {
    for (Ticket ticket : queue.getFirst().tickets()) {
      if (ticket != null && !ticket.isDone()) {
        return false;
      }
    }
    return true;
  }

  /** Asks for as many rows as the window takes; the row at the head is always asked for. */
  private void readAhead() {
    while (window.hasRoom() && queuedBytes < task.window().bytes() && queue.size() < maxQueue()) {
      if (!input.hasNext()) {
        break;
      }
      ask(input.next());
    }
    window.handOver();
  }

  /** Rows that need no prompt are no reason to read a whole partition. */
  private int maxQueue() {
    return 4 * task.window().prompts();
  }

  private void ask(InternalRow row) {
    Ticket[] tickets = new Ticket[guards.length];
    UnsafeRow texts = prompts.apply(row);
    for (int i = 0; i < tickets.length; i++) {
      boolean wanted = guards[i] == null || guards[i].eval(row);
      if (wanted && !texts.isNullAt(i)) {
        tickets[i] = window.ask(i, texts.getUTF8String(i));
      } else {
        task.metrics().skipped();
      }
    }
    // The child may hand over the same mutable row again: what waits is a copy.
    UnsafeRow kept = row instanceof UnsafeRow unsafe ? unsafe : copyable.apply(row);
    UnsafeRow copy = kept.copy();
    queuedBytes += copy.getSizeInBytes();
    queue.add(new Waiting(copy, tickets));
  }

  /** Cancels what is not answered and frees the vectors. */
  void close() {
    window.close();
    vectors.forEach(CompletionVectors::close);
  }
}

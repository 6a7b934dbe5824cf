package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.batch.Asked;
import dev.swiftkv.spark.batch.CompletionVectors;
import dev.swiftkv.spark.batch.RowAnswer;
import dev.swiftkv.spark.batch.RowAnswers;
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
 * One task's rows, in their order, each with its answers. Rows are read ahead as far as the window
 * of {@link RowAnswers} has room, and wait in a {@link RowQueue}; the answers at the head of the
 * queue come back together as Arrow vectors.
 */
final class EvalRows implements Iterator<InternalRow> {
  private static final int MAX_ANSWERED_ROWS = 128;
  private static final long MAX_ANSWERED_BYTES = 4 << 20;

  /** Rows read ahead for every prompt that the window takes; the others need none or are done. */
  private static final int ROWS_PER_PROMPT = 64;

  private final EvalTask task;
  private final Iterator<InternalRow> input;
  private final RowAnswers window;
  private final UnsafeProjection prompts;
  private final UnsafeProjection copyable;
  private final UnsafeProjection output;
  private final BasePredicate[] guards;
  private final List<CompletionVectors> vectors = new ArrayList<>();
  private final JoinedRow joined = new JoinedRow();
  private final RowQueue rows;
  private final ArrayDeque<Asked[]> tickets = new ArrayDeque<>(); // [rows][calls]
  private final List<UnsafeRow> answeredRows = new ArrayList<>();
  private ColumnarBatch answers;
  private int next;
  private long answeredBytes;

  EvalRows(EvalTask task, Iterator<InternalRow> input, BufferAllocator allocator) {
    this.task = task;
    this.input = input;
    window = new RowAnswers(task.openWindow(allocator), task.window().bytes());
    prompts = task.promptProjection(TaskContext.getPartitionId());
    copyable = task.inputProjection();
    output = task.outputProjection();
    guards = task.guardPredicates(TaskContext.getPartitionId());
    TaskContext context = TaskContext.get();
    rows =
        new RowQueue(
            context, context.taskMemoryManager(), task.input().size(), task.window().bytes());
    for (int i = 0; i < guards.length; i++) {
      vectors.add(new CompletionVectors(allocator, MAX_ANSWERED_ROWS));
    }
  }

  @Override
  public boolean hasNext() {
    return next < answeredRows.size() || !tickets.isEmpty() || input.hasNext();
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
    answeredBytes = 0;
    next = 0;
    readAhead();
    if (tickets.isEmpty()) {
      throw new NoSuchElementException();
    }

    do {
      take(answeredRows.size());
    } while (hasSpace() && !tickets.isEmpty() && isAnswered());

    ColumnVector[] columns = new ColumnVector[vectors.size()];
    for (int i = 0; i < columns.length; i++) {
      vectors.get(i).setRows(answeredRows.size());
      columns[i] = vectors.get(i).column();
    }
    answers = new ColumnarBatch(columns, answeredRows.size());
  }

  private boolean hasSpace() {
    return answeredRows.size() < MAX_ANSWERED_ROWS && answeredBytes < MAX_ANSWERED_BYTES;
  }

  private void take(int row) {
    Asked[] first = tickets.removeFirst();
    for (int i = 0; i < first.length; i++) {
      Asked ticket = first[i];
      RowAnswer answer = ticket == null ? null : window.await(ticket, this::readAhead);
      vectors.get(i).set(row, answer);
    }
    UnsafeRow answered = rows.remove();
    answeredBytes += answered.getSizeInBytes();
    answeredRows.add(answered);
  }

  private boolean isAnswered() {
    for (Asked ticket : tickets.getFirst()) {
      if (ticket != null && !ticket.isDone()) {
        return false;
      }
    }
    return true;
  }

  /** Asks for as many rows as the window takes; the row at the head is always asked for. */
  private void readAhead() {
    window.advance();
    while (window.hasRoom() && tickets.size() < ROWS_PER_PROMPT * window.limit()) {
      if (!input.hasNext()) {
        break;
      }
      ask(input.next());
    }
    window.handOver();
  }

  private void ask(InternalRow row) {
    Asked[] asked = new Asked[guards.length];
    UnsafeRow texts = prompts.apply(row);
    for (int i = 0; i < asked.length; i++) {
      boolean wanted = guards[i] == null || guards[i].eval(row);
      if (wanted && !texts.isNullAt(i)) {
        asked[i] = window.ask(i, texts.getUTF8String(i));
      } else {
        task.metrics().skipped();
      }
    }
    rows.add(row instanceof UnsafeRow unsafe ? unsafe : copyable.apply(row));
    tickets.add(asked);
  }

  /** Gives up what is not answered and frees rows and vectors. */
  void close() {
    window.close();
    task.metrics().spilled(rows.spilledBytes());
    rows.close();
    vectors.forEach(CompletionVectors::close);
  }
}

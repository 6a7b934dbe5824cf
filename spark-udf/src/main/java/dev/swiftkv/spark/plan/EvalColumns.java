package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.spark.batch.ColumnPrompts;
import dev.swiftkv.spark.batch.CompletionVectors;
import dev.swiftkv.spark.batch.PromptWindow;
import dev.swiftkv.spark.batch.RowAnswer;
import dev.swiftkv.spark.batch.Ticket;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * One task's column batches: the child's columns by reference, then one Arrow column per call.
 * Nothing is copied: prompts are read where they lie.
 *
 * <p>A batch of the child ends when the next one is asked for, so its last answer is waited for
 * first; the other tasks of the executor keep the engine busy meanwhile.
 */
final class EvalColumns implements Iterator<ColumnarBatch> {
  private final EvalTask task;
  private final Iterator<ColumnarBatch> input;
  private final PromptWindow window;
  private final int[] promptColumns;
  private final BufferAllocator allocator;
  private final List<CompletionVectors> vectors = new ArrayList<>();
  private ColumnarBatch batch;
  private ColumnPrompts[] prompts;
  private Ticket[][] tickets; // [calls][rows]
  private int asked;

  EvalColumns(
      EvalTask task,
      Iterator<ColumnarBatch> input,
      int[] promptColumns,
      BufferAllocator allocator) {
    this.task = task;
    this.input = input;
    this.promptColumns = promptColumns;
    this.allocator = allocator;
    window = task.openWindow(allocator);
  }

  @Override
  public boolean hasNext() {
    return input.hasNext();
  }

  @Override
  public ColumnarBatch next() {
    closeVectors();
    open(input.next());
    for (int row = 0; row < batch.numRows(); row++) {
      answer(row);
    }
    task.metrics().outputRows(batch.numRows());
    return withAnswers();
  }

  private void open(ColumnarBatch next) {
    batch = next;
    asked = 0;
    prompts = new ColumnPrompts[promptColumns.length];
    for (int i = 0; i < prompts.length; i++) {
      vectors.add(new CompletionVectors(allocator, next.numRows()));
      prompts[i] = ColumnPrompts.of(next.column(promptColumns[i]));
    }
    tickets = new Ticket[promptColumns.length][next.numRows()];
  }

  private void answer(int row) {
    if (asked <= row) {
      askAhead();
    }
    for (int i = 0; i < tickets.length; i++) {
      Ticket ticket = tickets[i][row];
      Completion completion = ticket == null ? null : window.await(ticket, this::askAhead);
      vectors.get(i).set(row, completion == null ? null : RowAnswer.of(completion));
    }
    window.rowRead();
  }

  /** Rows before the one that is answered hold no room, so at least that one is asked. */
  private void askAhead() {
    while (asked < batch.numRows() && window.hasRoom()) {
      for (int i = 0; i < tickets.length; i++) {
        if (prompts[i].isNull(asked)) {
          task.metrics().skipped();
        } else {
          tickets[i][asked] = window.askInPlace(i, prompts[i].utf8(asked));
        }
      }
      asked++;
    }
  }

  private ColumnarBatch withAnswers() {
    int own = batch.numCols();
    ColumnVector[] columns = new ColumnVector[own + vectors.size()];
    for (int i = 0; i < own; i++) {
      columns[i] = batch.column(i);
    }
    for (int i = 0; i < vectors.size(); i++) {
      vectors.get(i).setRows(batch.numRows());
      columns[own + i] = vectors.get(i).column();
    }
    return new ColumnarBatch(columns, batch.numRows());
  }

  /** Cancels what is not answered and frees the vectors. */
  void close() {
    window.close();
    closeVectors();
  }

  /** Of the last batch; whoever read it may have closed them before. */
  private void closeVectors() {
    vectors.forEach(CompletionVectors::close);
    vectors.clear();
  }
}

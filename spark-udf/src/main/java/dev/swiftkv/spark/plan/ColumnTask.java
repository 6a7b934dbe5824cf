package dev.swiftkv.spark.plan;

import java.util.Iterator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * {@link EvalTask} over column batches.
 *
 * @param promptColumns position of each call's prompt among the child's columns
 */
record ColumnTask(EvalTask task, int[] promptColumns)
    implements FlatMapFunction<Iterator<ColumnarBatch>, ColumnarBatch> {
  @Override
  public Iterator<ColumnarBatch> call(Iterator<ColumnarBatch> batches) {
    BufferAllocator allocator = EvalTask.newAllocator();
    EvalColumns answered = new EvalColumns(task, batches, promptColumns, allocator);
    EvalTask.atEnd(answered::close, allocator);
    return answered;
  }
}

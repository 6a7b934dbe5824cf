package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.WindowSettings;
import dev.swiftkv.spark.batch.CallSetup;
import dev.swiftkv.spark.batch.PromptWindow;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Predicate;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What every task of an {@link AiEvalExec} is told: a small serializable value, never the node
 * itself.
 *
 * @param calls what is asked, in the order of the columns
 * @param prompts one expression over the input per call
 * @param guards for which rows each call is wanted
 * @param input columns of the child
 * @param results columns of the answers
 */
record EvalTask(
    List<CallSetup> calls,
    List<Expression> prompts,
    List<Expression> guards,
    List<Attribute> input,
    List<Attribute> results,
    WindowSettings window,
    AiMetrics metrics)
    implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {

  @Override
  public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
    BufferAllocator allocator = newAllocator();
    EvalRows answered = new EvalRows(this, rows, allocator);
    atEnd(answered::close, allocator);
    return answered;
  }

  /** Memory of one task. Closing it fails if anything of it is still in use. */
  static BufferAllocator newAllocator() {
    return ArrowUtils.rootAllocator()
        .newChildAllocator("swiftkv task " + TaskContext.get().taskAttemptId(), 0, Long.MAX_VALUE);
  }

  static void atEnd(Runnable release, BufferAllocator allocator) {
    TaskCompletionListener listener =
        context -> {
          release.run();
          allocator.close();
        };
    TaskContext.get().addTaskCompletionListener(listener);
  }

  PromptWindow openWindow(BufferAllocator allocator) {
    return new PromptWindow(calls, window, metrics, allocator, TaskContext.get());
  }

  /** Prompts may be drawn, as by {@code rand()}; each partition has its own start. */
  UnsafeProjection promptProjection(int partition) {
    UnsafeProjection projection = UnsafeProjection.create(Scala.seq(prompts), Scala.seq(input));
    projection.initialize(partition);
    return projection;
  }

  UnsafeProjection inputProjection() {
    return UnsafeProjection.create(Scala.<Expression>seq(input), Scala.seq(input));
  }

  UnsafeProjection outputProjection() {
    List<Attribute> all = new ArrayList<>(input);
    all.addAll(results);
    return UnsafeProjection.create(Scala.<Expression>seq(all), Scala.seq(all));
  }

  /** Null where a call is always wanted. */
  BasePredicate[] guardPredicates(int partition) {
    BasePredicate[] predicates = new BasePredicate[guards.size()];
    for (int i = 0; i < predicates.length; i++) {
      if (!guards.get(i).equals(Literal.TrueLiteral())) {
        predicates[i] = Predicate.create(guards.get(i), Scala.seq(input));
        predicates[i].initialize(partition);
      }
    }
    return predicates;
  }
}

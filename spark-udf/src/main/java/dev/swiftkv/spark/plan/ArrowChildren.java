package dev.swiftkv.spark.plan;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.execution.FileSourceScanLike;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.columnar.InMemoryTableScanExec;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import org.apache.spark.sql.execution.datasources.v2.FileScan;
import scala.collection.immutable.Seq;

/** Which children's columns are worth reading in place. */
final class ArrowChildren {
  private ArrowChildren() {}

  /**
   * Where the prompts are among the child's columns; empty if rows are the better choice: the calls
   * have guards or are about groups, their prompts are computed, or the columns are not Arrow's.
   */
  static Optional<int[]> promptColumns(Seq<AiCall> calls, Seq<Expression> guards, SparkPlan child) {
    boolean groups =
        Scala.<AiCall>list(calls).stream().anyMatch(call -> call.spec().groupOrNull() != null);
    boolean always = Scala.<Expression>list(guards).stream().allMatch(Guards.ALWAYS::equals);
    if (!child.supportsColumnar() || groups || !always || isSparksOwn(child)) {
      return Optional.empty();
    }

    List<Attribute> columns = Scala.list(child.output());
    List<AiCall> all = Scala.list(calls);
    int[] positions = new int[all.size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position(all.get(i).prompt(), columns);
      if (positions[i] < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(positions);
  }

  /** Scans of files and caches give vectors of their own and fill them again and again. */
  private static boolean isSparksOwn(SparkPlan child) {
    return child instanceof FileSourceScanLike
        || child instanceof InMemoryTableScanExec
        || (child instanceof BatchScanExec scan && scan.scan() instanceof FileScan);
  }

  private static int position(Expression prompt, List<Attribute> columns) {
    if (prompt instanceof AttributeReference attribute) {
      for (int i = 0; i < columns.size(); i++) {
        if (columns.get(i).exprId().equals(attribute.exprId())) {
          return i;
        }
      }
    }
    return -1;
  }
}

package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.source.SwiftKvRelation;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * Puts the projection that {@code format("swiftkv")} stands for in its place, so that filters,
 * column pruning and limits reach the inner source as if it had been read directly.
 *
 * <pre>
 * Relation swiftkv [id, text, completion]
 *   becomes
 * Project [id, text, record.result AS completion]
 * +- Project [id, text, ai_query(…) AS record]
 *    +- Relation json [id, text]
 * </pre>
 */
public final class ResolveSwiftKvSource extends Rule<LogicalPlan> {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(
        new AbstractPartialFunction<>() {
          @Override
          public boolean isDefinedAt(LogicalPlan node) {
            return node instanceof LogicalRelation relation
                && relation.relation() instanceof SwiftKvRelation;
          }

          @Override
          @SuppressWarnings("unchecked")
          public <A extends LogicalPlan, B> B applyOrElse(
              A node, scala.Function1<A, B> otherwise) {
            return isDefinedAt(node)
                ? (B) projection((LogicalRelation) (LogicalPlan) node)
                : otherwise.apply(node);
          }
        });
  }

  /** The columns keep the identifiers by which the query knows them. */
  private static LogicalPlan projection(LogicalRelation relation) {
    LogicalPlan table = analyzed(((SwiftKvRelation) relation.relation()).table());
    List<Attribute> from = CollectionConverters.asJava(table.output());
    List<? extends Attribute> to = CollectionConverters.asJava(relation.output());
    List<NamedExpression> columns = new ArrayList<>();
    for (int i = 0; i < to.size(); i++) {
      columns.add(
          new Alias(
              from.get(i), to.get(i).name(), to.get(i).exprId(), none(), Option.empty(), none()));
    }
    return new Project(CollectionConverters.asScala(columns).toSeq(), table);
  }

  /** {@code queryExecution} moved from {@code Dataset} to a subclass in Spark 4. */
  private static LogicalPlan analyzed(Dataset<?> table) {
    try {
      return ((QueryExecution) table.getClass().getMethod("queryExecution").invoke(table))
          .analyzed();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "This Spark's Dataset has no queryExecution; tested are 3.5, 4.0, 4.1 and 4.2", e);
    }
  }

  private static <T> Seq<T> none() {
    return CollectionConverters.asScala(new ArrayList<T>()).toSeq();
  }
}

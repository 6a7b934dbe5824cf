package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.source.SwiftKvRelation;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

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
final class ResolveSwiftKvSource extends Rule<LogicalPlan> {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(
        SourceRules.nodes(
            node ->
                node instanceof LogicalRelation relation
                        && relation.relation() instanceof SwiftKvRelation source
                    ? projection(relation, SourceRules.analyzed(source.table()))
                    : node));
  }

  /** The columns keep the identifiers by which the query knows them. */
  private static LogicalPlan projection(LogicalRelation relation, LogicalPlan table) {
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

  private static <T> Seq<T> none() {
    return CollectionConverters.asScala(new ArrayList<T>()).toSeq();
  }
}

package dev.swiftkv.spark.plan;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Reads a path named in SQL: <code>SELECT completion FROM swiftkv.`data/threads.jsonl`</code>, with
 * options in <code>WITH (prompt = '…')</code>. Spark does so for file formats only.
 *
 * <p>A name without {@code /} or {@code .} stays what it is, a table of a database {@code swiftkv}.
 */
final class ResolveDirectQuery extends Rule<LogicalPlan> {
  private final SparkSession session;

  ResolveDirectQuery(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(
        SourceRules.nodes(
            node ->
                node instanceof UnresolvedRelation relation && namesPath(relation)
                    ? read(relation)
                    : node));
  }

  private static boolean namesPath(UnresolvedRelation relation) {
    List<String> name = CollectionConverters.asJava(relation.multipartIdentifier());
    return name.size() == 2
        && name.get(0).equalsIgnoreCase("swiftkv")
        && (name.get(1).contains("/") || name.get(1).contains("."))
        && !relation.isStreaming();
  }

  private LogicalPlan read(UnresolvedRelation relation) {
    return SourceRules.analyzed(
        session
            .read()
            .format("swiftkv")
            .options(relation.options().asCaseSensitiveMap())
            .load(relation.multipartIdentifier().last()));
  }
}

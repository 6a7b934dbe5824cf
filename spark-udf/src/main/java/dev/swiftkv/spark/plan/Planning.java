package dev.swiftkv.spark.plan;

import java.lang.reflect.Method;
import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.InsertIntoStatement;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.catalyst.plans.logical.V2CreateTableAsSelectPlan;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.columnar.InMemoryRelation;
import org.apache.spark.sql.internal.SessionState;

/** From text to plans to tables, where Spark 3.5 and 4 keep these in different classes. */
final class Planning {
  private Planning() {}

  private static SessionState state(SparkSession session) {
    try {
      return (SessionState) session.getClass().getMethod("sessionState").invoke(session);
    } catch (ReflectiveOperationException e) {
      throw otherSpark("sessionState", e);
    }
  }

  /**
   * What Spark makes of a query, or of the query that a statement inserts. Nothing is executed.
   *
   * <p>Cached tables are read as such only where they are filled: filling them would ask.
   */
  static LogicalPlan optimizedQuery(SparkSession session, String statement) {
    LogicalPlan query = query(parse(session, statement));
    QueryExecution execution = state(session).executePlan(query, CommandExecutionMode.SKIP());
    if (execution.analyzed().isStreaming()) {
      throw CallException.of(
          CallCondition.INVALID_VALUE,
          "Function ai_estimate takes a query that ends; this one is a stream");
    }
    LogicalPlan optimized = execution.optimizedPlan();
    return readsUnfilledCache(optimized)
        ? state(session).optimizer().execute(execution.analyzed())
        : optimized;
  }

  private static LogicalPlan parse(SparkSession session, String statement) {
    try {
      return state(session).sqlParser().parsePlan(statement);
    } catch (Exception e) {
      // Scala does not declare what its parser throws.
      throw Scala.<RuntimeException>unchecked(e);
    }
  }

  private static LogicalPlan query(LogicalPlan parsed) {
    if (parsed instanceof InsertIntoStatement insert) {
      return insert.query();
    }
    if (parsed instanceof V2CreateTableAsSelectPlan creation) {
      return creation.query();
    }
    if (parsed instanceof UnresolvedWith with) {
      return Trees.withInput(with, query(with.child()));
    }
    if (parsed instanceof Command || parsed instanceof ParsedStatement) {
      throw CallException.of(
          CallCondition.INVALID_VALUE,
          "Function ai_estimate takes a query, such as SELECT ai_gen(x) FROM t, or an INSERT or"
              + " CREATE TABLE with one; got %s".formatted(parsed.nodeName()));
    }
    return parsed;
  }

  private static boolean readsUnfilledCache(LogicalPlan plan) {
    return (plan instanceof InMemoryRelation cached
            && !cached.cacheBuilder().isCachedColumnBuffersLoaded())
        || Trees.inputs(plan).stream().anyMatch(Planning::readsUnfilledCache)
        || Scala.<LogicalPlan>list(plan.subqueries()).stream()
            .anyMatch(Planning::readsUnfilledCache);
  }

  /** The rows of a plan, to be computed. */
  @SuppressWarnings("unchecked") // rows are what ofRows gives
  static Dataset<Row> table(SparkSession session, LogicalPlan plan) {
    plan.setAnalyzed();
    try {
      Method ofRows =
          Arrays.stream(datasets().getMethods())
              .filter(method -> method.getName().equals("ofRows"))
              .filter(method -> method.getParameterCount() == 2)
              .findFirst()
              .orElseThrow(() -> new NoSuchMethodException("ofRows"));
      return (Dataset<Row>) ofRows.invoke(null, session, plan);
    } catch (ReflectiveOperationException e) {
      throw otherSpark("Dataset.ofRows", e);
    }
  }

  private static Class<?> datasets() throws ClassNotFoundException {
    try {
      return Class.forName("org.apache.spark.sql.classic.Dataset");
    } catch (ClassNotFoundException e) {
      return Class.forName("org.apache.spark.sql.Dataset");
    }
  }

  private static IllegalStateException otherSpark(String missing, Exception e) {
    return new IllegalStateException(
        "This Spark has no %s; tested are 3.5, 4.0, 4.1 and 4.2".formatted(missing), e);
  }
}

package dev.swiftkv.spark.source;

import dev.swiftkv.engine.EngineException;
import java.util.Map;
import org.apache.spark.QueryContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.sources.RelationProvider;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The data source {@code swiftkv}: the rows of another source with the completions of their
 * prompts. See {@link SourceOptions}.
 *
 * <pre>{@code
 * spark.read().format("swiftkv").option("prompt", "Summarize:\n{text}").load("threads.jsonl");
 * }</pre>
 */
public final class SwiftKvSource implements DataSourceRegister, RelationProvider {
  @Override
  public String shortName() {
    return "swiftkv";
  }

  @Override
  public BaseRelation createRelation(
      SQLContext context, scala.collection.immutable.Map<String, String> options) {
    Map<String, String> byName = CollectionConverters.asJava(options);
    try {
      return new SwiftKvRelation(context, SourceOptions.parse(byName));
    } catch (EngineException e) {
      // Spark takes anything else for a defect of its own.
      throw SwiftKvSource.<RuntimeException>unchecked(analysisException(e));
    }
  }

  private static AnalysisException analysisException(EngineException e) {
    return new AnalysisException(
        e.getMessage(),
        Option.empty(),
        Option.empty(),
        Option.apply(e),
        Option.empty(),
        scala.collection.immutable.Map$.MODULE$.empty(),
        new QueryContext[0]);
  }

  /** Scala's checked exceptions are not declared by the interfaces that Java sees. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T unchecked(Throwable error) throws T {
    throw (T) error;
  }
}

package dev.swiftkv.spark.source;

import dev.swiftkv.engine.EngineException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.types.StructType;

/**
 * What {@code format("swiftkv")} resolves to until the analyzer puts {@link #table()} in its place.
 * It cannot be scanned itself.
 */
public final class SwiftKvRelation extends BaseRelation {
  private final SQLContext context;
  private final SourceOptions options;
  private final Dataset<Row> table;

  /**
   * Resolves the inner source and the prompt.
   *
   * @throws EngineException of category INVALID_OPTION if an option does not fit the inner source
   */
  SwiftKvRelation(SQLContext context, SourceOptions options) {
    this.context = context;
    this.options = options;
    this.table =
        CompletedTable.of(
            inner(context, options),
            options.prompt(),
            options.model().orElse(""),
            options.generation());
  }

  /** The table that stands for this relation: a projection over the inner source. */
  public Dataset<Row> table() {
    return table;
  }

  @Override
  public SQLContext sqlContext() {
    return context;
  }

  @Override
  public StructType schema() {
    return table.schema();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SwiftKvRelation that && that.options.equals(options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  private static Dataset<Row> inner(SQLContext context, SourceOptions options) {
    var reader =
        context.sparkSession().read().format(options.format()).options(options.sourceOptions());
    return TableFormat.using(
        "source.format",
        options.format(),
        () -> options.path().isPresent() ? reader.load(options.path().get()) : reader.load());
  }
}

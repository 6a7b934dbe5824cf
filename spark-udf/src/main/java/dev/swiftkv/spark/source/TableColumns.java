package dev.swiftkv.spark.source;

import static org.apache.spark.sql.functions.col;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Columns of a table by their names, whatever characters these have. */
public final class TableColumns {
  private TableColumns() {}

  /** The column of exactly this name: a dot or a backtick in it means nothing. */
  public static Column named(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  /**
   * A column that an option names.
   *
   * @throws EngineException INVALID_OPTION if the table does not have it
   */
  public static Column chosen(Dataset<Row> table, String option, String name) {
    if (!List.of(table.columns()).contains(name)) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The data has no column %s: set %s to one of %s"
              .formatted(name, option, String.join(", ", table.columns())));
    }
    return named(name);
  }
}

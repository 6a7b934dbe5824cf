package dev.swiftkv.spark.source;

import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.GenerationOptionList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A table with the completions of its prompts beside its own columns. */
public final class CompletedTable {
  /** Holds the record of a row between the call and the columns taken out of it. */
  private static final String RECORD = "_swiftkv_record";

  private CompletedTable() {}

  /**
   * The columns of a table, then those of {@link CompletionColumn}. A failed row keeps its place
   * and says why in {@code error}.
   *
   * @param table the rows
   * @param prompt a column name or a template, see {@link PromptColumn}
   * @param model name or directory of the model; empty for the session's
   * @param generation generation options by name
   * @throws EngineException of category INVALID_OPTION if the prompt does not fit the table, an
   *     option is unknown or out of range, or the table has columns of these names already
   */
  public static Dataset<Row> of(
      Dataset<Row> table, String prompt, String model, SortedMap<String, String> generation) {
    boolean caseSensitive =
        Boolean.parseBoolean(table.sparkSession().conf().get("spark.sql.caseSensitive"));
    checkNoClash(table.columns(), caseSensitive);
    // Wrong options are refused here, not by the first task.
    GenerationOptionList.parse(generation);
    Column call =
        call_function(
            "ai_query",
            lit(model),
            new PromptColumn(table.schema(), caseSensitive).of(prompt),
            lit(/* returnType */ null),
            lit(/* failOnError */ false),
            parameters(generation));
    List<Column> columns = new ArrayList<>();
    for (String name : table.columns()) {
      columns.add(TableColumns.named(name));
    }
    columns.addAll(CompletionColumn.of(col(RECORD)));
    return table.withColumn(RECORD, call).select(columns.toArray(Column[]::new));
  }

  private static Column parameters(Map<String, String> generation) {
    if (generation.isEmpty()) {
      return lit(null).cast("map<string,string>");
    }
    List<Column> entries = new ArrayList<>();
    generation.forEach(
        (name, value) -> {
          entries.add(lit(name));
          entries.add(lit(value));
        });
    return map(entries.toArray(Column[]::new));
  }

  private static void checkNoClash(String[] columns, boolean caseSensitive) {
    for (String column : columns) {
      for (String added : CompletionColumn.names()) {
        if (caseSensitive ? column.equals(added) : column.equalsIgnoreCase(added)) {
          throw new EngineException(
              ErrorCategory.INVALID_OPTION,
              "The table has a column %s already, which the completions would add (%s): rename it."
                  .formatted(column, String.join(", ", CompletionColumn.names())));
        }
      }
    }
  }
}

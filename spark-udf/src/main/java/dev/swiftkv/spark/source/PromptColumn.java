package dev.swiftkv.spark.source;

import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.to_json;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A prompt option applied to a table: the name of a column, or a {@link PromptTemplate} over its
 * columns. The prompt of a row is null where a column that it takes is null. Structs, arrays and
 * maps are written as JSON.
 */
public final class PromptColumn {
  private final StructType schema;
  private final boolean caseSensitive;

  /** Prompts over a table with this schema. */
  public PromptColumn(StructType schema, boolean caseSensitive) {
    this.schema = schema;
    this.caseSensitive = caseSensitive;
  }

  /**
   * The prompt of every row.
   *
   * @param prompt a column name or a template
   * @throws EngineException of category INVALID_OPTION if it names a column that is not there, or
   *     none
   */
  public Column of(String prompt) {
    Optional<StructField> whole = field(schema, prompt);
    if (whole.isPresent()) {
      return text(top(whole.get()), whole.get().dataType());
    }
    PromptTemplate template = PromptTemplate.parse(prompt);
    if (!template.hasPlaceholder()) {
      throw invalid(
          "The prompt '%s' is neither a column of the table nor a template that takes one"
              .formatted(prompt));
    }
    return concat(template.parts().stream().map(this::part).toArray(Column[]::new));
  }

  private Column part(PromptTemplate.Part part) {
    if (part instanceof PromptTemplate.Literal literal) {
      return lit(literal.text());
    }
    String name = ((PromptTemplate.Placeholder) part).column();
    Optional<StructField> exact = field(schema, name);
    if (exact.isPresent()) {
      return text(top(exact.get()), exact.get().dataType());
    }
    return nested(name);
  }

  /** A field inside structs, {@code column.field.field}. */
  private Column nested(String path) {
    String[] steps = path.split("\\.", -1);
    StructField found = field(schema, steps[0]).orElseThrow(() -> unknown(path));
    Column column = top(found);
    for (String step : Arrays.asList(steps).subList(1, steps.length)) {
      if (!(found.dataType() instanceof StructType struct)) {
        throw unknown(path);
      }
      found = field(struct, step).orElseThrow(() -> unknown(path));
      column = column.getField(found.name());
    }
    return text(column, found.dataType());
  }

  private static Column top(StructField field) {
    return TableColumns.named(field.name());
  }

  private static Column text(Column column, DataType type) {
    boolean composite =
        type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
    return composite ? to_json(column) : column.cast(DataTypes.StringType);
  }

  private Optional<StructField> field(StructType struct, String name) {
    return Arrays.stream(struct.fields())
        .filter(
            field ->
                caseSensitive ? field.name().equals(name) : field.name().equalsIgnoreCase(name))
        .findFirst();
  }

  private EngineException unknown(String name) {
    return invalid("The prompt takes {%s}, which is no column of the table".formatted(name));
  }

  private EngineException invalid(String what) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        what
            + ". Columns: "
            + String.join(", ", schema.fieldNames())
            + ". Write {column} where its value belongs, and {{ or }} for a brace that is text.");
  }
}

package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.Parameter;
import dev.swiftkv.spark.functions.TableFunction;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What {@code DESCRIBE FUNCTION EXTENDED} prints. Spark checks the layout of each part. */
final class FunctionDocs {
  private FunctionDocs() {}

  static ExpressionInfo of(AiFunction function) {
    return new ExpressionInfo(
        expression(function.answer()).getName(),
        /* db */ null,
        function.name(),
        function.signature() + " - " + function.summary(),
        arguments(function.parameters()),
        examples(function.examples()),
        /* note */ "",
        /* group */ "misc_funcs",
        /* since */ "0.1.0",
        /* deprecated */ "",
        /* source */ "built-in");
  }

  private static Class<?> expression(Answer answer) {
    if (answer instanceof Answer.OfGroup) {
      return AiAggregate.class;
    }
    return answer instanceof Answer.TokenCount ? CountTokens.class : AiCall.class;
  }

  static ExpressionInfo of(TableFunction function) {
    return new ExpressionInfo(
        DriverTable.class.getName(),
        /* db */ null,
        function.name(),
        function.signature() + " - " + function.summary(),
        arguments(function.parameters()),
        examples(function.examples()),
        columns(function.columns()),
        /* group */ "table_funcs",
        /* since */ "0.1.0",
        /* deprecated */ "",
        /* source */ "built-in");
  }

  private static String arguments(List<Parameter> parameters) {
    if (parameters.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder("\n    Arguments:\n");
    for (Parameter parameter : parameters) {
      text.append(
          "      * %s - %s%s. %s%n"
              .formatted(
                  parameter.name(),
                  parameter.type(),
                  parameter.required() ? "" : ", optional",
                  parameter.doc()));
    }
    return text.append("  ").toString();
  }

  private static String columns(StructType columns) {
    StringBuilder text = new StringBuilder("\n      Columns:\n");
    for (StructField column : columns.fields()) {
      text.append("        %s %s%n".formatted(column.name(), column.dataType().sql()));
    }
    return text.append("  ").toString();
  }

  private static String examples(List<String> examples) {
    StringBuilder text = new StringBuilder("\n    Examples:\n");
    for (String line : examples) {
      text.append("      ").append(line).append('\n');
    }
    return text.append("  ").toString();
  }
}

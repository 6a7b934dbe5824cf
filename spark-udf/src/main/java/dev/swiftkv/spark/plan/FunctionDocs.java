package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Parameter;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;

/** What {@code DESCRIBE FUNCTION EXTENDED} prints. Spark checks the layout of each part. */
final class FunctionDocs {
  private FunctionDocs() {}

  static ExpressionInfo of(AiFunction function) {
    return new ExpressionInfo(
        AiCall.class.getName(),
        /* db */ null,
        function.name(),
        function.signature() + " - " + function.summary(),
        arguments(function),
        examples(function),
        /* note */ "",
        /* group */ "misc_funcs",
        /* since */ "0.1.0",
        /* deprecated */ "",
        /* source */ "built-in");
  }

  private static String arguments(AiFunction function) {
    StringBuilder text = new StringBuilder("\n    Arguments:\n");
    for (Parameter parameter : function.parameters()) {
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

  private static String examples(AiFunction function) {
    StringBuilder text = new StringBuilder("\n    Examples:\n");
    for (String line : function.examples()) {
      text.append("      ").append(line).append('\n');
    }
    return text.append("  ").toString();
  }
}

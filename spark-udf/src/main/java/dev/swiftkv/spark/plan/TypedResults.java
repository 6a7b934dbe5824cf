package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.CompletionRecord;
import dev.swiftkv.spark.functions.ResultForm;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.JsonToStructs;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** Expressions that read the value of a call out of its completion record. */
final class TypedResults {
  private TypedResults() {}

  static Expression read(ResultForm form, Expression completion) {
    if (form.isText()) {
      return form.record() ? completion : field(completion, CompletionRecord.RESULT);
    }
    Expression value = parse(field(completion, CompletionRecord.RESULT), form.valueType());
    return form.record() ? withValue(value, completion, form.type()) : value;
  }

  /**
   * Spark reads only objects, arrays and maps from JSON; inside an object, any value is read alike.
   */
  private static Expression parse(Expression json, DataType type) {
    if (type.equals(DataTypes.DoubleType)) {
      return Cast$.MODULE$.apply(json, type, /* ansiEnabled= */ false); // also -Infinity
    }
    Expression wrapped =
        new Concat(Scala.seq(List.of(Prompts.text("{\"value\":"), json, Prompts.text("}"))));
    StructType schema = new StructType().add("value", type);
    Expression parsed =
        (Expression)
            new JsonToStructs(wrapped, Prompts.text(schema.toDDL()), Scala.map(Map.of()))
                .withTimeZone(SQLConf.get().sessionLocalTimeZone());
    return field(parsed, 0);
  }

  private static Expression withValue(Expression value, Expression completion, DataType type) {
    Expression record =
        new CreateNamedStruct(
            Scala.<Expression>seq(
                List.of(
                    Prompts.text("result"),
                    value,
                    Prompts.text("error"),
                    field(completion, CompletionRecord.ERROR),
                    Prompts.text("finish_reason"),
                    field(completion, CompletionRecord.FINISH_REASON),
                    Prompts.text("usage"),
                    field(completion, CompletionRecord.USAGE))));
    return new If(new IsNull(completion), Literal.create(null, type), record);
  }

  private static Expression field(Expression struct, int position) {
    return new GetStructField(struct, position, Option.empty());
  }
}

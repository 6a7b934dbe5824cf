package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.AiFunctions;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.ResultForm;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import scala.Function1;
import scala.Tuple3;
import scala.collection.immutable.Seq;

/** Turns the arguments of each SQL function into an {@link AiCall}. */
final class FunctionCalls {
  private FunctionCalls() {}

  /** What Spark's registry wants to know about a function. */
  static Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, Expression>>
      description(AiFunction function) {
    Function1<Seq<Expression>, Expression> builder =
        arguments -> call(Arguments.bind(function, Scala.list(arguments)));
    return new Tuple3<>(
        new FunctionIdentifier(function.name()), FunctionDocs.of(function), builder);
  }

  private static Expression call(Arguments arguments) {
    return switch (arguments.function().name()) {
      case "ai_gen" -> call(arguments, ResultForm.TEXT, /* failOnError */ false, "", Map.of());
      case "ai_query" -> query(arguments);
      case "ai_score" -> score(arguments);
      case "ai_count_tokens" ->
          new CountTokens(
              arguments.constantText("model"), Scala.seq(List.of(plain(arguments.column("text")))));
      default ->
          throw new IllegalStateException(
              "Function %s is listed in AiFunctions but not built here: %s"
                  .formatted(arguments.function().name(), AiFunctions.ALL));
    };
  }

  private static AiCall score(Arguments arguments) {
    CallSpec spec =
        CallSpec.of(
            arguments.function().name(),
            ResultForm.NUMBER,
            /* failOnError */ false,
            arguments.constantText("model"),
            Map.of());
    Expression text =
        new ScoreText(
            Scala.seq(
                List.of(
                    plain(arguments.column("prompt")), plain(arguments.column("continuation")))));
    return new AiCall(spec, Scala.seq(List.of(text)));
  }

  private static AiCall query(Arguments arguments) {
    Boolean failOnError = arguments.constantBoolean("failOnError");
    ResultForm form = Boolean.FALSE.equals(failOnError) ? ResultForm.RECORD : ResultForm.TEXT;
    return call(
        arguments,
        form,
        Boolean.TRUE.equals(failOnError),
        arguments.constantText("model"),
        arguments.constantOptions("modelParameters"));
  }

  private static AiCall call(
      Arguments arguments,
      ResultForm form,
      boolean failOnError,
      String model,
      Map<String, String> parameters) {
    CallSpec spec = CallSpec.of(arguments.function().name(), form, failOnError, model, parameters);
    return new AiCall(spec, Scala.seq(List.of(plain(arguments.column("prompt")))));
  }

  /** A collation orders and compares; the model reads the text itself. */
  private static Expression plain(Expression prompt) {
    boolean collated =
        prompt.resolved()
            && prompt.dataType() instanceof StringType
            && !prompt.dataType().equals(DataTypes.StringType);
    return collated
        ? Cast$.MODULE$.apply(prompt, DataTypes.StringType, /* ansiEnabled= */ true)
        : prompt;
  }
}

package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.Parameter;
import dev.swiftkv.spark.functions.ResultForm;
import java.util.ArrayList;
import java.util.List;
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
  private static final int DEFAULT_WORDS = 50;

  private FunctionCalls() {}

  /** What Spark's registry wants to know about a function. */
  static Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, Expression>>
      description(AiFunction function) {
    Function1<Seq<Expression>, Expression> builder =
        arguments -> expression(Arguments.bind(function, Scala.list(arguments)));
    return new Tuple3<>(
        new FunctionIdentifier(function.name()), FunctionDocs.of(function), builder);
  }

  private static Expression expression(Arguments arguments) {
    Answer answer = arguments.function().answer();
    if (answer instanceof Answer.OfGroup group) {
      return aggregate(arguments, group);
    }
    return answer instanceof Answer.TokenCount
        ? new CountTokens(
            arguments.constantText("model"), Scala.seq(List.of(plain(arguments.column("text")))))
        : call(arguments);
  }

  private static AiAggregate aggregate(Arguments arguments, Answer.OfGroup group) {
    String given = arguments.constantText("instruction").strip();
    String instruction = given.isEmpty() ? group.instruction() : given;
    if (instruction.isEmpty()) {
      throw arguments.invalid("instruction", "it is empty; say what is asked about the texts");
    }
    return AiAggregate.of(spec(arguments, List.of()), instruction, plain(arguments.column("text")));
  }

  private static AiCall call(Arguments arguments) {
    AiFunction function = arguments.function();
    List<String> names = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    for (Parameter parameter : function.parameters()) {
      Expression value = value(arguments, parameter.name());
      if (value != null) {
        names.add(parameter.name());
        values.add(value);
      }
    }
    return new AiCall(spec(arguments, names), Scala.seq(values));
  }

  private static CallSpec spec(Arguments arguments, List<String> names) {
    Wanted wanted = Wanted.of(arguments);
    Boolean failOnError = arguments.constantBoolean("failOnError");
    return CallSpec.of(
        arguments.function().name(),
        new ResultForm(Boolean.FALSE.equals(failOnError), wanted.type()),
        Boolean.TRUE.equals(failOnError),
        arguments.constantText("model"),
        CallOptions.of(arguments, wanted),
        names);
  }

  /** What a template may take; null for an argument that is no part of the prompt. */
  private static Expression value(Arguments arguments, String name) {
    return switch (name) {
      case "labels" -> Prompts.text(String.join(", ", arguments.constantTexts(name)));
      case "max_words" -> words(arguments.constantCount(name, DEFAULT_WORDS));
      case "prompt", "content", "condition", "to_lang", "continuation" ->
          plain(arguments.column(name));
      default -> null;
    };
  }

  private static Expression words(int count) {
    return Prompts.text(count == 0 ? "" : " in at most %d words".formatted(count));
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

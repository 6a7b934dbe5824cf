package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.batch.EngineProvider;
import dev.swiftkv.spark.batch.EngineReports;
import dev.swiftkv.spark.batch.Providers;
import dev.swiftkv.spark.functions.EngineReport;
import dev.swiftkv.spark.functions.EstimateTable;
import dev.swiftkv.spark.functions.ModelTable;
import dev.swiftkv.spark.functions.Parameter;
import dev.swiftkv.spark.functions.TableFunction;
import dev.swiftkv.spark.functions.UsageTable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedArgumentExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Function1;
import scala.Tuple3;
import scala.collection.immutable.Seq;

/** The functions that are tables. */
final class TableFunctions {
  private TableFunctions() {}

  /** What gives the rows of a function, on the driver, whenever a query runs. */
  interface Rows {
    List<Row> of(SparkSession session, List<String> arguments);
  }

  /** A function and its rows. */
  record Entry(TableFunction function, Rows rows) {}

  /** Every one. To add one, add it here. */
  private static final List<Entry> ALL =
      List.of(
          new Entry(ModelTable.FUNCTION, (session, none) -> models(session)),
          new Entry(UsageTable.FUNCTION, (session, none) -> UsageTable.rows(reports(session))),
          new Entry(
              EstimateTable.FUNCTION,
              (session, query) -> QueryEstimate.rows(session, query.get(0))));

  static void inject(SparkSessionExtensions extensions) {
    for (Entry entry : ALL) {
      TableFunction function = entry.function();
      Function1<Seq<Expression>, LogicalPlan> builder =
          arguments -> DriverTable.of(function, texts(function, Scala.list(arguments)));
      extensions.injectTableFunction(
          new Tuple3<>(
              new FunctionIdentifier(function.name()), FunctionDocs.of(function), builder));
    }
  }

  static Entry named(String name) {
    return ALL.stream()
        .filter(entry -> entry.function().name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No table function " + name));
  }

  /** What the engines of the application have reported, and those of this JVM as they are. */
  static List<EngineReport> reports(SparkSession session) {
    EngineProvider provider = Providers.create(SessionOptions.of(session).engine("").provider());
    return EngineReports.of(session.sparkContext()).newest(provider);
  }

  private static List<Row> models(SparkSession session) {
    EngineReports known = EngineReports.of(session.sparkContext());
    return ModelTable.rows(reports(session).stream().filter(known::isAlive).toList());
  }

  /** The values of the arguments, which must be constant texts. */
  private static List<String> texts(TableFunction function, List<Expression> given) {
    List<Parameter> parameters = function.parameters();
    if (given.size() != parameters.size()) {
      throw CallException.of(
          given.size() > parameters.size()
              ? CallCondition.TOO_MANY_ARGUMENTS
              : CallCondition.MISSING_ARGUMENT,
          "Function %s takes %s, got %d."
              .formatted(
                  function.name(),
                  parameters.isEmpty() ? "no arguments" : "one argument, " + function.signature(),
                  given.size()));
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      texts.add(text(function, parameters.get(i), given.get(i)));
    }
    return texts;
  }

  private static String text(TableFunction function, Parameter parameter, Expression given) {
    Expression value = given;
    if (given instanceof NamedArgumentExpression named) {
      if (!named.key().equalsIgnoreCase(parameter.name())) {
        throw CallException.of(
            CallCondition.UNKNOWN_ARGUMENT,
            "Function %s has no argument %s; it is %s."
                .formatted(function.name(), named.key(), function.signature()));
      }
      value = named.value();
    }
    Object constant = value.foldable() ? value.eval(null) : null;
    if (constant == null) {
      throw CallException.of(
          CallCondition.NOT_CONSTANT,
          "Argument %s of %s must be a constant %s, got %s."
              .formatted(parameter.name(), function.name(), parameter.type(), value.sql()));
    }
    return constant.toString();
  }
}

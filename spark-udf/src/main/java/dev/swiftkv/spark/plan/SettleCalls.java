package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.functions.FunctionTemplate;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.RowLevelWrite;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every call the session's settings. From then on it is nondeterministic to Spark, and a
 * later change of the session does not change it.
 *
 * <p>Not in the condition that UPDATE, DELETE and MERGE keep beside their rewritten query: nobody
 * evaluates it, it tells a table what it need not read, and Spark wants it deterministic.
 */
final class SettleCalls extends Rule<LogicalPlan> {
  private static final Logger LOG = LoggerFactory.getLogger(SettleCalls.class);

  private final SparkSession session;

  SettleCalls(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveOperatorsUp(
        Scala.everywhere(
            node ->
                node.resolved() && Trees.hasCall(node) && !(node instanceof RowLevelWrite)
                    ? settle(node)
                    : node));
  }

  private LogicalPlan settle(LogicalPlan operator) {
    try {
      SparkOptions options = SessionOptions.of(session);
      return Trees.expressionsDown(operator, expression -> settle(expression, options));
    } catch (EngineException e) {
      throw CallException.of(CallCondition.INVALID_SETTING, e.getMessage());
    }
  }

  private static Expression settle(Expression expression, SparkOptions options) {
    if (!(expression instanceof AiCall call) || call.spec().settled()) {
      return expression;
    }
    CallSpec spec = call.spec();
    AiFunction function = FunctionList.named(spec.function());
    CallSpec settled = settle(spec, function, options);
    FunctionTemplate template =
        FunctionTemplate.of(function.name(), options.templates(), settled.engine().model());
    return new AiCall(settled, Scala.seq(List.of(Prompts.of(function, call, template))));
  }

  /** A call with the session's engine and generation options, its own ones winning. */
  static CallSpec settle(CallSpec spec, AiFunction function, SparkOptions options) {
    check(options);
    SortedMap<String, String> parameters =
        CallOptions.merged(options.generation(), spec.parameters(), function.maxTokens());
    return spec.withParameters(parameters).settledWith(options.engine(spec.model()));
  }

  /** What can be known without the model: the executors would say so only once the job runs. */
  private static void check(SparkOptions options) {
    CallOptions.check(options.generation());
    EngineConfig config = EngineOptionList.parse(Path.of(""), options.engine("").options());
    LOG.debug("The session asks for {}", config);
  }
}

package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.engine.options.Option;
import dev.swiftkv.spark.EngineSettings;
import dev.swiftkv.spark.SparkOptions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.FunctionList;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every call the session's settings. From then on it is nondeterministic to Spark, and a
 * later change of the session does not change it.
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
        Scala.everywhere(node -> node.resolved() && Trees.hasCall(node) ? settle(node) : node));
  }

  private LogicalPlan settle(LogicalPlan operator) {
    try {
      SparkOptions options = SessionOptions.of(session);
      return Trees.expressionsDown(operator, expression -> settle(expression, options));
    } catch (EngineException e) {
      throw CallException.of(e.getMessage());
    }
  }

  private static Expression settle(Expression expression, SparkOptions options) {
    if (!(expression instanceof AiCall call) || call.spec().settled()) {
      return expression;
    }
    AiFunction function = FunctionList.named(call.spec().function());
    CallSpec settled = settle(call.spec(), function, options);
    Expression prompt = Prompts.of(function, call, options.templates());
    return new AiCall(settled, Scala.seq(List.of(prompt)));
  }

  /** A call with the session's engine and generation options, its own ones winning. */
  static CallSpec settle(CallSpec spec, AiFunction function, SparkOptions options) {
    SortedMap<String, String> parameters = options.generation();
    if (function.maxTokens() > 0) {
      parameters.putIfAbsent(
          GenerationOptionList.MAX_TOKENS.name(), Integer.toString(function.maxTokens()));
    }
    parameters.putAll(named(spec.parameters()));
    EngineSettings engine = options.engine(spec.model());
    check(parameters, engine);
    return spec.withParameters(parameters).settledWith(engine);
  }

  /** The same option may be spelled in several ways; the call's own value wins. */
  private static SortedMap<String, String> named(SortedMap<String, String> given) {
    SortedMap<String, String> named = new TreeMap<>();
    given.forEach(
        (key, value) -> {
          String name =
              GenerationOptionList.ALL.stream()
                  .filter(option -> option.isNamed(key))
                  .map(Option::name)
                  .findFirst()
                  .orElse(key);
          named.put(name, value);
        });
    return named;
  }

  /** What can be known without the model: the executors would say so only once the job runs. */
  private static void check(SortedMap<String, String> parameters, EngineSettings engine) {
    GenerationOptions checked = GenerationOptionList.parse(parameters);
    EngineConfig config = EngineOptionList.parse(Path.of(""), engine.options());
    LOG.debug("Settled a call with {} on {}", checked, config);
  }
}

package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.FunctionList;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import scala.runtime.BoxedUnit;

/**
 * Puts the functions, rules and the strategy into a session. Found by itself when the jar is on the
 * class path, and by {@code spark.sql.extensions=dev.swiftkv.spark.plan.SwiftKvExtensions}.
 */
public final class SwiftKvExtensions implements SparkSessionExtensionsProvider {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (AiFunction function : FunctionList.ALL) {
      extensions.injectFunction(FunctionCalls.description(function));
    }
    TableFunctions.inject(extensions);
    SourceRules.inject(extensions);
    extensions.injectPostHocResolutionRule(SettleTokenCounts::new);
    extensions.injectPostHocResolutionRule(SettleAggregates::new);
    extensions.injectPostHocResolutionRule(SettleCalls::new);
    extensions.injectPostHocResolutionRule(session -> new MoveCalls());
    extensions.injectPostHocResolutionRule(ShareSubplans::new);
    extensions.injectOptimizerRule(OptimizeCalls::new);
    extensions.injectPreCBORule(SpreadRows::new);
    extensions.injectPreCBORule(EvaluateOnce::new);
    extensions.injectPreCBORule(CountEarlyPrompts::new);
    extensions.injectPlannerStrategy(AiStrategy::new);
    return BoxedUnit.UNIT;
  }
}

/**
 * The query planner's side: the only package that touches Catalyst.
 *
 * <p>{@link dev.swiftkv.spark.plan.SwiftKvExtensions} puts everything into a session. A function
 * becomes an {@link dev.swiftkv.spark.plan.AiCall}; rules lift calls into one {@link
 * dev.swiftkv.spark.plan.AiEval} per operator and move that node to where the fewest rows pass
 * through it; {@link dev.swiftkv.spark.plan.AiEvalExec} runs it.
 *
 * <p>The life of a query:
 *
 * <ol>
 *   <li>analysis: {@link dev.swiftkv.spark.plan.FunctionCalls} builds calls, {@link
 *       dev.swiftkv.spark.plan.SettleCalls} gives them the session's settings, {@link
 *       dev.swiftkv.spark.plan.MoveCalls} takes them out of the conditions of joins, the arguments
 *       of aggregates and the clauses of MERGE;
 *   <li>optimization: {@link dev.swiftkv.spark.plan.OptimizeCalls} lifts, reuses, moves and drops;
 *       {@link dev.swiftkv.spark.plan.EvaluateOnce} guards inputs that are read twice;
 *   <li>planning: {@link dev.swiftkv.spark.plan.AiStrategy}.
 * </ol>
 */
package dev.swiftkv.spark.plan;

/**
 * What the SQL functions are called, which arguments they take and what they give back.
 *
 * <p>{@link dev.swiftkv.spark.functions.FunctionList} is the one list. A function says its {@link
 * dev.swiftkv.spark.functions.Parameter parameters}; a call of it in a query becomes a {@link
 * dev.swiftkv.spark.functions.CallSpec}, and {@link dev.swiftkv.spark.functions.CompletionRecord}
 * is the struct that every call is evaluated to.
 *
 * <p>Plain data: nothing here touches Spark's planner.
 */
package dev.swiftkv.spark.functions;

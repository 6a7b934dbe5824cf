/**
 * The data source {@code format("swiftkv")}: another table plus the completions of its prompts.
 *
 * <p>{@link dev.swiftkv.spark.source.SwiftKvSource} reads the options into {@link
 * dev.swiftkv.spark.source.SourceOptions}; {@link dev.swiftkv.spark.source.SwiftKvRelation} says
 * what columns there are and how they are computed; an analyzer rule of {@code
 * dev.swiftkv.spark.plan} puts that projection in the place of the relation, so that Spark plans
 * the inner table as if it had been read directly.
 */
package dev.swiftkv.spark.source;

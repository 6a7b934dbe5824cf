/**
 * What a task does with its prompts: hands them to the executor's engine as Arrow batches and takes
 * the completions back as Arrow vectors.
 *
 * <p>{@link dev.swiftkv.spark.batch.PromptWindow} is the centre: a bounded number of prompts of one
 * task that are with the engine. {@link dev.swiftkv.spark.batch.PromptBatch} carries them over,
 * {@link dev.swiftkv.spark.batch.CompletionVectors} brings the answers back.
 *
 * <p>Knows Spark's task context and Arrow; nothing here touches Spark's planner.
 */
package dev.swiftkv.spark.batch;

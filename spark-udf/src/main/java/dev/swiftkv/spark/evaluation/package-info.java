/**
 * Compares models on a labelled table: {@link dev.swiftkv.spark.evaluation.Evaluation} asks them
 * through Spark and scores their answers, {@link dev.swiftkv.spark.evaluation.Report} writes what
 * came of it.
 */
package dev.swiftkv.spark.evaluation;

package dev.swiftkv.spark.evaluation;

/**
 * A row of the labelled table.
 *
 * @param truth the right answer
 * @param group what accuracy is split by; empty for all rows alike
 */
public record EvaluatedRow(String prompt, String truth, String group) {}

/**
 * Writes generated support-desk threads with known answers: the language that the demonstration
 * model was trained on. Names, order numbers and product codes are ones that training never saw.
 */
package dev.swiftkv.benchmarks.threads;

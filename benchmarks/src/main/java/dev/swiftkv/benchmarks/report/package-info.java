/** Writes results down together with what is needed to repeat them. */
package dev.swiftkv.benchmarks.report;

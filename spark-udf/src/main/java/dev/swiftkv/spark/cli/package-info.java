/**
 * The command line {@code bin/swiftkv}. {@link dev.swiftkv.spark.cli.Main} is its main class and
 * that of {@code spark-submit}; {@link dev.swiftkv.spark.cli.RunCommand} is the batch job, {@link
 * dev.swiftkv.spark.cli.SqlCommand} a session with the functions.
 *
 * <p>Results go to standard output, everything else to standard error. Exit codes: 0 done, 1
 * failed, 2 used wrongly.
 */
package dev.swiftkv.spark.cli;

/**
 * The optional {@code spark.plugins=dev.swiftkv.spark.plugin.SwiftKvPlugin}: loads the session's
 * model when an executor starts instead of with its first prompt, and shows the engine's counters
 * among Spark's metrics.
 */
package dev.swiftkv.spark.plugin;

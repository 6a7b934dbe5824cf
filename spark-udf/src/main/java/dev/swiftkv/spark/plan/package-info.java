/** Rules and operators inside Spark's planner; the only package that touches Catalyst. */
package dev.swiftkv.spark.plan;

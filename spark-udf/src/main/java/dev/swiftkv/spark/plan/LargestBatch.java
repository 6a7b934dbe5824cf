package dev.swiftkv.spark.plan;

import java.util.Arrays;
import org.apache.spark.sql.connector.metric.CustomMetric;

/**
 * The most sequences that shared one step of the engine while the node's tasks ran: the largest of
 * the tasks' values, where Spark's own metrics add. Spark's listener creates it by its class.
 */
public final class LargestBatch implements CustomMetric {
  @Override
  public String name() {
    return "largestBatch";
  }

  @Override
  public String description() {
    return "sequences in the largest batch";
  }

  @Override
  public String aggregateTaskMetrics(long[] values) {
    return Long.toString(Arrays.stream(values).max().orElse(0));
  }
}

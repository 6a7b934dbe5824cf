package dev.swiftkv.spark.plan;

import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;

/**
 * One kind of query and what it may cost.
 *
 * @param prompts the most prompts it may ask while the result cache is off
 * @param rows how many it gives
 * @param run gives its rows as text, in an order of their own
 */
record QueryShape(int prompts, int rows, String name, Function<SparkSession, List<String>> run) {
  @Override
  public String toString() {
    return name;
  }
}

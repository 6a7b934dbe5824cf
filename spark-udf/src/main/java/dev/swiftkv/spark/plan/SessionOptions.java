package dev.swiftkv.spark.plan;

import dev.swiftkv.spark.SparkOptions;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The session's {@code spark.swiftkv.*} options. Read from the session that a rule was made for:
 * inside a view {@code SQLConf.get()} holds only what the view captured, which these are not.
 */
final class SessionOptions {
  private SessionOptions() {}

  static SparkOptions of(SparkSession session) {
    return SparkOptions.of(CollectionConverters.asJava(session.conf().getAll()));
  }
}

package dev.swiftkv.spark.plan;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/** Settings of a session for a while. */
final class Settings {
  private Settings() {}

  static <T> T during(SparkSession session, Map<String, String> settings, Supplier<T> action) {
    Map<String, String> before = new HashMap<>();
    settings.forEach(
        (name, value) -> {
          before.put(name, session.conf().getAll().get(name).getOrElse(() -> null));
          session.conf().set(name, value);
        });
    try {
      return action.get();
    } finally {
      before.forEach((name, value) -> restore(session, name, value));
    }
  }

  private static void restore(SparkSession session, String name, String value) {
    if (value == null) {
      session.conf().unset(name);
    } else {
      session.conf().set(name, value);
    }
  }
}

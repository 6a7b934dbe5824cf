package dev.swiftkv.spark;

import dev.swiftkv.engine.options.BuiltInModels;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Local sessions with fake engines. One is open at a time. */
public final class Sessions {
  private Sessions() {}

  /** A session of two tasks whose engines are {@link FakeEngines}. */
  public static SparkSession open() {
    FakeEngines.reset();
    return SparkSession.builder()
        .master("local[2]")
        .appName("spark-swiftkv tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.warehouse.dir", "target/warehouse")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.swiftkv.engineProvider", FakeEngines.class.getName())
        .getOrCreate();
  }

  /** The model that ships with the repository. */
  public static Path demonstrationModel() {
    return Path.of("..", BuiltInModels.defaultDirectory()).toAbsolutePath().normalize();
  }
}

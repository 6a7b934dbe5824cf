package dev.swiftkv.spark.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.spark.FakeEngines;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SwiftKvPluginTest {
  @BeforeEach
  void forget() {
    FakeEngines.reset();
  }

  private static SparkSession session(String key, String value) {
    return SparkSession.builder()
        .master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.plugins", SwiftKvPlugin.class.getName())
        .config("spark.swiftkv.engineProvider", FakeEngines.class.getName())
        .config(key, value)
        .getOrCreate();
  }

  @Test
  void holdsTheEngineFromStartToEnd() {
    SparkSession spark = session("spark.swiftkv.model", "delay-1");
    try {
      assertThat(FakeEngines.byModel("delay-1")).as("loaded before any task").isNotNull();
      assertThat(FakeEngines.HELD).hasValue(1);
      assertThat(spark.sql("SELECT ai_gen('a')").first().getString(0)).isEqualTo("C(a)");
      assertThat(FakeEngines.byModel("delay-1").asked).containsExactly("a");
      assertThat(
              SparkEnv.get()
                  .metricsSystem()
                  .getSourcesByName("plugin." + name())
                  .head()
                  .metricRegistry()
                  .getGauges()
                  .get("requests")
                  .getValue())
          .isEqualTo(1L);
    } finally {
      spark.stop();
    }
    assertThat(FakeEngines.HELD).hasValue(0);
  }

  private static String name() {
    return SwiftKvPlugin.class.getName();
  }

  @Test
  void aModelThatIsNotThereFailsTheQueryOnly() {
    SparkSession spark = session("spark.swiftkv.model", "absent");
    try {
      assertThat(spark.sql("SELECT 1").first().getInt(0)).isEqualTo(1);
      assertThatThrownBy(() -> spark.sql("SELECT ai_gen('a')").collect())
          .hasStackTraceContaining("No model at absent");
    } finally {
      spark.stop();
    }
  }

  @Test
  void wrongOptionsFailTheStart() {
    assertThatThrownBy(() -> session("spark.swiftkv.temperature", "warm"))
        .hasRootCauseInstanceOf(NumberFormatException.class)
        .hasStackTraceContaining("temperature")
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> session("spark.swiftkv.modle", "demo"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("modle")
        .hasMessageContaining("model");
  }
}

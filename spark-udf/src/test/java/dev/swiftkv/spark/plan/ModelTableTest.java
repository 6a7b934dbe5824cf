package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.spark.Sessions;
import dev.swiftkv.spark.batch.SharedEngines;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code ai_models()} before and after a model is loaded. */
class ModelTableTest {
  private static final Path MODEL = Sessions.demonstrationModel();

  private static SparkSession session;

  @BeforeAll
  static void open() {
    System.setProperty(BuiltInModels.HOME_PROPERTY, "..");
    session = Sessions.open();
    session.conf().set("spark.swiftkv.engineProvider", SharedEngines.class.getName());
  }

  @AfterAll
  static void close() {
    session.stop();
    System.clearProperty(BuiltInModels.HOME_PROPERTY);
    EngineRegistry.shared().closeIdle();
  }

  private static List<Row> models() {
    return session
        .sql(
            "SELECT path, architecture, parameters, context_tokens, status, device, executor FROM ai_models()"
                + " WHERE name = 'demo'")
        .collectAsList();
  }

  @Test
  void showsTheBuiltInModelAndThenTheEngineThatLoadedIt() {
    Row available = models().get(0);
    assertThat(available.getString(0)).isEqualTo(MODEL.toString());
    assertThat(available.getString(1)).isEqualTo("LlamaSwiftKVForCausalLM");
    assertThat(available.getString(4)).isEqualTo("available");
    assertThat(available.get(5)).isNull();
    assertThat(available.get(6)).isNull();

    EngineConfig config =
        EngineConfig.forModel(MODEL).withDevice("scalar").withKvCacheBytes(16L << 20);
    try (var lease = EngineRegistry.shared().acquire(config)) {
      List<Row> loaded = models();
      assertThat(loaded).hasSize(1);
      assertThat(loaded.get(0).getString(4)).isEqualTo("loaded");
      assertThat(loaded.get(0).getLong(2))
          .isEqualTo(available.getLong(2))
          .isEqualTo(lease.engine().model().parameters());
      assertThat(loaded.get(0).getInt(3)).isEqualTo(available.getInt(3));
      assertThat(loaded.get(0).getString(5)).isEqualTo(lease.engine().model().backend());
      assertThat(loaded.get(0).getString(6)).isEqualTo("driver");
    }
  }

  @Test
  void takesNoArguments() {
    assertThatThrownBy(() -> session.sql("SELECT * FROM ai_models(1)"))
        .hasMessageContaining("takes no arguments, got 1");
  }
}

package dev.swiftkv.engine.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.SharedFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BuiltInModelsTest {
  @AfterEach
  void forgetTheHome() {
    System.clearProperty(BuiltInModels.HOME_PROPERTY);
  }

  @Test
  void findsTheDemonstrationModel() {
    System.setProperty(BuiltInModels.HOME_PROPERTY, SharedFiles.repository().toString());
    assertThat(BuiltInModels.resolve("demo").resolve("config.json")).exists();
  }

  @Test
  void takesAnythingElseAsAPath() {
    assertThat(BuiltInModels.resolve("/models/x")).isEqualTo(Path.of("/models/x"));
  }

  @Test
  void saysWhatToSetWhereTheDemonstrationModelIsMissing() {
    System.setProperty(BuiltInModels.HOME_PROPERTY, "/nowhere");
    assumeTrue(System.getenv(BuiltInModels.HOME_VARIABLE) == null);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> BuiltInModels.resolve("demo"))
        .withMessageContaining("set SWIFTKV_HOME")
        .extracting(EngineException::category)
        .isEqualTo(ErrorCategory.MODEL_NOT_FOUND);
  }
}

package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkThrowableHelper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CallConditionTest {
  @ParameterizedTest
  @EnumSource(CallCondition.class)
  void isOneOfSparksAndDocumented(CallCondition condition) throws IOException {
    assertThat(SparkThrowableHelper.isValidErrorClass(condition.condition())).isTrue();
    assertThat(SparkThrowableHelper.getSqlState(condition.condition()))
        .isEqualTo(condition.sqlState());
    assertThat(Files.readString(Path.of("../docs/functions.md")))
        .contains("| `%s` | %s | ".formatted(condition.condition(), condition.sqlState()));
  }
}

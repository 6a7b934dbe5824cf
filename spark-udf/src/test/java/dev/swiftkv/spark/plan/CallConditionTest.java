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
    assertThat(sparkKnows(condition.condition())).isTrue();
    assertThat(SparkThrowableHelper.getSqlState(condition.condition()))
        .isEqualTo(condition.sqlState());
    assertThat(Files.readString(Path.of("../docs/functions.md")))
        .contains("| `%s` | %s | ".formatted(condition.condition(), condition.sqlState()));
  }

  /** Spark 3.5 has no method that says it. */
  private static boolean sparkKnows(String condition) {
    String[] names = condition.split("\\.", 2);
    var known = SparkThrowableHelper.errorReader().errorInfoMap().get(names[0]);
    return known.isDefined()
        && (names.length == 1 || known.get().subClass().get().contains(names[1]));
  }
}

package dev.swiftkv.spark.plan;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * The shapes that {@link CallCountTest} measures, line by line against {@code known-shapes.csv}:
 * what each was seen to cost when the rules were first tried out. None may disappear from the table
 * and none may be allowed to cost more.
 */
class KnownShapesTest {
  private static final Map<String, Integer> MEASURED =
      Stream.concat(queries(), FrameShapes.all().stream())
          .collect(toMap(QueryShape::name, QueryShape::prompts));

  private static Stream<QueryShape> queries() {
    return lines("call-counts.csv")
        .skip(1)
        .map(line -> line.split("\\|", 4))
        .map(
            part ->
                new QueryShape(
                    Integer.parseInt(part[0]), Integer.parseInt(part[1]), part[2], null));
  }

  private static Stream<String> lines(String resource) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                KnownShapesTest.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      return reader.lines().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvFileSource(resources = "known-shapes.csv", delimiter = '|', numLinesToSkip = 1)
  void isMeasuredAndMayCostNoMore(int most, String shape) {
    assertThat(MEASURED).containsKey(shape);
    assertThat(MEASURED.get(shape)).isLessThanOrEqualTo(most);
  }

  @Test
  void theListIsWhole() {
    assertThat(lines("known-shapes.csv").skip(1)).hasSize(91).doesNotHaveDuplicates();
  }
}

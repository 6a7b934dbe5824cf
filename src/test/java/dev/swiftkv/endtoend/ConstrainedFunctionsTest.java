package dev.swiftkv.endtoend;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Whatever a model would rather say, functions of a fixed form give values of that form: on the
 * demonstration model, which was trained on other prompts, and on random weights.
 */
class ConstrainedFunctionsTest {
  private static final int ROWS = 12;
  private static final List<String> RETURN_TYPES =
      List.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INT",
          "BIGINT",
          "FLOAT",
          "DOUBLE",
          "DECIMAL(4,2)",
          "DECIMAL(38,0)",
          "DECIMAL(38,18)",
          "DATE",
          "TIMESTAMP",
          "TIMESTAMP_NTZ",
          "ARRAY<INT>",
          "MAP<STRING, DOUBLE>",
          "STRUCT<a: INT, `b c`: ARRAY<STRING>, d: STRUCT<e: BOOLEAN, f: DATE>>");

  @TempDir static Path directory;
  private static SparkSession spark;

  @BeforeAll
  static void openSession() {
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv")
            .vocabularySize(1500)
            .hiddenSize(32)
            .intermediateSize(48)
            .layers(2)
            .heads(2)
            .kvHeads(1)
            .headSize(16)
            .keyValueLayers(1)
            .contextLength(1024)
            .build(),
        directory.resolve("random"));
    // Room for a timestamp of which a model escapes every character; no value is longer.
    spark = LocalSpark.open(Map.of("spark.swiftkv.maxTokens", "128"));
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
  }

  @ParameterizedTest
  @CsvSource({"demo, 0", "demo, 1", "random, 0", "random, 1", "random, 20"})
  void taskFunctionsGiveOneOfTheirValues(String model, double temperature) {
    List<Row> rows =
        answers(
            model,
            temperature,
            List.of(
                "ai_classify(x, array('repair', 'refund', 'déjà vu \"€\"'), %s)",
                "ai_classify(x, array('repair', 'refund', 'loss'), multiLabel => true, %s)",
                "ai_extract(x, array('customer', 'order \"no\"'), %s)",
                "ai_analyze_sentiment(x, %s)",
                "ai_filter('It is a complaint', x, %s)"));

    for (Row row : rows) {
      assertThat(result(row, 0)).isIn("repair", "refund", "déjà vu \"€\"");
      assertThat(row.getStruct(1).<String>getList(0))
          .isSubsetOf("repair", "refund", "loss")
          .doesNotHaveDuplicates();
      assertThat(((Row) result(row, 2)).schema().fieldNames())
          .containsExactly("customer", "order \"no\"");
      assertThat(result(row, 3)).isIn("positive", "negative", "neutral", "mixed");
      assertThat(result(row, 4)).isInstanceOf(Boolean.class);
    }
  }

  @ParameterizedTest
  @CsvSource({"demo, 0", "demo, 1", "random, 0", "random, 1", "random, 20"})
  void typedResultsAreValuesOfTheirType(String model, double temperature) {
    List<String> calls = new ArrayList<>();
    for (String type : RETURN_TYPES) {
      calls.add("ai_query('%s', x, returnType => '%s', %%s)".formatted(path(model), type));
    }
    for (Row row : answers(model, temperature, calls)) {
      for (int i = 0; i < RETURN_TYPES.size(); i++) {
        assertNoNull(RETURN_TYPES.get(i), result(row, i));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"demo, 0", "random, 0", "random, 20"})
  void manyLabelsAreDistinctLabels(String model, double temperature) {
    List<String> labels = IntStream.range(0, 40).mapToObj(i -> "label " + i * i).toList();
    String array = labels.stream().collect(joining("', '", "array('", "')"));
    String call = "ai_classify(x, " + array + "%s, %%s)";
    List<Row> rows =
        answers(
            model,
            temperature,
            List.of(call.formatted(""), call.formatted(", multiLabel => true")));

    for (Row row : rows) {
      assertThat(result(row, 0)).isIn(labels);
      assertThat(row.getStruct(1).<String>getList(0)).isSubsetOf(labels).doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @CsvSource({"demo, 0", "demo, 1", "random, 0", "random, 1"})
  void responseFormatsAreJsonOfTheirForm(String model, double temperature) throws IOException {
    String schema =
        "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 3, \"items\": {\"type\":"
            + " \"integer\", \"multipleOf\": 5}}";
    String call = "ai_query('%s', x, responseFormat => '%s', %%s)";
    List<Row> rows =
        answers(
            model,
            temperature,
            List.of(
                call.formatted(path(model), "json_object"),
                call.formatted(path(model), schema),
                call.formatted(path(model), "STRUCT<n: INT, t: STRING>")));

    ObjectMapper json = new ObjectMapper();
    for (Row row : rows) {
      assertThat(json.readTree((String) result(row, 0)).isObject()).isTrue();
      JsonNode numbers = json.readTree((String) result(row, 1));
      assertThat(numbers.size()).isBetween(1, 3);
      numbers.forEach(number -> assertThat(number.longValue() % 5).isZero());
      JsonNode struct = json.readTree((String) result(row, 2));
      assertThat(struct.get("n").isInt()).isTrue();
      assertThat(struct.get("t").isTextual()).isTrue();
    }
  }

  private static String path(String model) {
    return model.equals("demo") ? model : directory.resolve(model).toString();
  }

  private static List<Row> answers(String model, double temperature, List<String> calls) {
    spark.conf().set("spark.swiftkv.model", path(model));
    String common =
        "failOnError => false, modelParameters => map('temperature', %s)".formatted(temperature);
    Dataset<Row> texts =
        spark.range(ROWS).selectExpr("concat('Thread ', id, ': order ', id * 977, ' leaks') x");
    String[] columns = calls.stream().map(call -> call.formatted(common)).toArray(String[]::new);
    List<Row> rows = texts.selectExpr(columns).collectAsList();
    assertThat(rows).hasSize(ROWS);
    return rows;
  }

  private static Object result(Row row, int call) {
    Row answer = row.getStruct(call);
    assertThat(answer.getString(1)).isNull();
    Object value = answer.get(0);
    assertThat(value).as(row.schema().fieldNames()[call]).isNotNull();
    return value;
  }

  private static void assertNoNull(String type, Object value) {
    assertThat(value).as(type).isNotNull();
    if (value instanceof Row row) {
      for (int i = 0; i < row.length(); i++) {
        assertNoNull(type, row.get(i));
      }
    } else if (value instanceof scala.collection.Seq<?> list) {
      CollectionConverters.asJava(list).forEach(element -> assertNoNull(type, element));
    } else if (value instanceof scala.collection.Map<?, ?> map) {
      CollectionConverters.asJava(map).values().forEach(element -> assertNoNull(type, element));
    }
  }
}

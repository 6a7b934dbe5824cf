package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AiQueryTest {
  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forgetPrompts() {
    FakeEngines.reset();
  }

  private static Object value(String expression) {
    return session.sql("SELECT " + expression).first().get(0);
  }

  @Test
  void asksTheModelThatItNames() {
    assertThat(value("ai_query('other', 'hi')")).isEqualTo("C(hi)");
    assertThat(FakeEngines.byModel("other").asked).containsExactly("hi");
  }

  @Test
  void asksTheModelOfTheSessionAlsoInsideAView() {
    session.conf().set("spark.swiftkv.model", "mine");
    try {
      session.sql("CREATE OR REPLACE TEMPORARY VIEW answers AS SELECT ai_gen('hi') c");
      assertThat(session.table("answers").first().get(0)).isEqualTo("C(hi)");
    } finally {
      session.conf().unset("spark.swiftkv.model");
    }

    assertThat(FakeEngines.byModel("mine").asked).containsExactly("hi");
  }

  @Test
  void castsWhatIsNoString() {
    assertThat(value("ai_gen(42)")).isEqualTo("C(42)");
  }

  @Test
  void readsTextOfAnyCollation() {
    assumeFalse(session.version().startsWith("3."), "Spark 3.5 has no collations");
    assertThat(value("ai_gen('Hi' COLLATE UTF8_LCASE)")).isEqualTo("C(Hi)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "map('max_tokens', 7, 'temperature', 0.5)",
        "named_struct('max_tokens', 7, 'stop', array('a', 'b'))",
        "'{\"max_tokens\": 7, \"stop\": [\"a\"]}'",
        "'max_tokens=7, temperature=0.5'",
        "map('maxTokens', '7')"
      })
  void readsModelParameters(String parameters) {
    assertThat(value("ai_query('demo', 'hi', modelParameters => " + parameters + ")"))
        .isEqualTo("C(hi)");
    assertThat(FakeEngines.byModel("demo").maxTokens).hasValue(7);
  }

  @Test
  void takesGenerationOptionsOfTheSessionUnlessTheCallSays() {
    session.conf().set("spark.swiftkv.maxTokens", "9");
    try {
      value("ai_gen('a')");
      assertThat(FakeEngines.byModel("demo").maxTokens).hasValue(9);
      value("ai_query('demo', 'b', modelParameters => map('max_tokens', 11))");
      assertThat(FakeEngines.byModel("demo").maxTokens).hasValue(11);
    } finally {
      session.conf().unset("spark.swiftkv.maxTokens");
    }
  }

  @Test
  void givesTheWholeRecordWhereAFailedRowIsToBeAValue() {
    List<Row> rows =
        session
            .sql(
                "SELECT ai_query('demo', x, failOnError => false) r"
                    + " FROM VALUES ('long a'), ('fail'), (NULL) t(x)")
            .collectAsList();

    assertThat(rows.get(0).getStruct(0))
        .isEqualTo(RowFactory.create("C(long a)", null, "length", RowFactory.create(2, 1, 3)));
    assertThat(rows.get(1).getStruct(0))
        .isEqualTo(
            RowFactory.create(
                null, "INVALID_PROMPT: It says fail", "error", RowFactory.create(1, 0, 0)));
    assertThat(rows.get(2).isNullAt(0)).isTrue();
  }

  @Test
  void severalFieldsOfARecordAreOneCall() {
    Row row =
        session
            .sql(
                "SELECT r.result, r.finish_reason, r.usage.prompt_tokens, r.error"
                    + " FROM (SELECT ai_query('demo', 'a b c', failOnError => false) r)")
            .first();

    assertThat(row).isEqualTo(RowFactory.create("C(a b c)", "stop", 3, null));
    assertThat(FakeEngines.byModel("demo").asked).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ai_gen()|needs the argument prompt. Usage: ai_gen(prompt[, failOnError, modelParameters, model])",
        "ai_gen('a', true, 'seed=1', 'm', 4)|takes 1 to 4 arguments, got 5",
        "ai_query('a')|needs the argument prompt. Usage: ai_query(model, prompt[, returnType, failOnError, modelParameters, responseFormat])",
        "ai_query('a', 'b', temperature => 1)|has no argument temperature (arguments: model, prompt, returnType, failOnError, modelParameters, responseFormat)",
        "ai_query('a', 'b', prompt => 'c')|got the argument prompt twice",
        "ai_query(model => 'a', 'b')|has a positional argument behind a named one",
        "ai_query(concat('m', id), 'b')|wants the same model for every row",
        "ai_query('a', 'b', failOnError => 'no')|wants true or false as failOnError, got string",
        "ai_query('a', 'b', modelParameters => map('max_token', 1))|Unknown option \"max_token\"; did you mean max_tokens?",
        "ai_query('a', 'b', modelParameters => map('max_tokens', 0))|max_tokens must be at least 1, got 0",
        "ai_query('a', 'b', modelParameters => map('temperature', double('NaN')))|temperature must be in [0, 100], got NaN",
        "ai_query('a', 'b', modelParameters => 'max_tokens')|name=value is wanted, got \"max_tokens\"",
        "ai_query('a', 'b', returnType => 'STRUCT<')|cannot take the argument returnType: 'STRUCT<' is no SQL type",
        "ai_query('a', 'b', returnType => 'BINARY')|type BINARY has no form in JSON",
        "ai_query('a', 'b', returnType => 'STRUCT<a: INT, A: INT>')|has two fields named A",
        "ai_query('a', 'b', responseFormat => '{\"uniqueItems\": true}')|responseFormat: Option json_schema: keyword uniqueItems at # is supported for items that are no arrays",
        "ai_query('a', 'b', returnType => 'INT', modelParameters => 'choices=x')|choices and json_schema are not for a call",
        "ai_query('a', 'b', returnType => 'INT', responseFormat => 'text')|returnType is given too",
        "ai_classify('a', array('x', 'x'))|Function ai_classify wants distinct texts that are not empty as labels",
        "ai_classify('a', array())|wants an array of strings as labels",
        "ai_classify('a', array(string(id)))|wants the same labels for every row",
        "ai_summarize('a', -1)|wants at least 0 as max_words, got -1",
        "ai_gen(array('a'))|DATATYPE_MISMATCH",
      })
  void refusesBeforeTheQueryRuns(String call, String message) {
    assertThatThrownBy(() -> session.sql("SELECT " + call + " FROM range(3)"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesSessionOptionsThatAreNone() {
    session.conf().set("spark.swiftkv.dtipe", "f32");
    try {
      assertThatThrownBy(() -> session.sql("SELECT ai_gen('a')"))
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining(
              "Unknown option \"spark.swiftkv.dtipe\"; did you mean spark.swiftkv.dtype?");
    } finally {
      session.conf().unset("spark.swiftkv.dtipe");
    }
  }

  @Test
  void describesItself() {
    List<String> lines =
        session.sql("DESCRIBE FUNCTION EXTENDED ai_query").collectAsList().stream()
            .map(row -> row.getString(0))
            .toList();

    assertThat(String.join("\n", lines))
        .contains("Function: ai_query")
        .contains(
            "ai_query(model, prompt[, returnType, failOnError, modelParameters, responseFormat]) - Returns")
        .contains("* failOnError - BOOLEAN, optional. Left out: a failed row gives NULL.")
        .contains("> SELECT ai_query('demo', 'Summarize: printer on fire');");
  }

  @Test
  void namesItsColumnAfterTheCall() {
    assertThat(session.sql("SELECT ai_gen('a')").columns()).containsExactly("ai_gen(a)");
  }
}

package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.AiFunctions;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.FunctionList;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskFunctionsTest {
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

  private static String json(String expression) {
    return session.sql("SELECT " + expression + " AS v").toJSON().first();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "ai_classify('c', array('x', 'y'))|{\"v\":\"x\"}",
        "ai_classify('c', array('x', 'y'), multiLabel => true)|{\"v\":[\"x\"]}",
        "ai_extract('c', array('a b', 'd'))|{\"v\":{\"a b\":\"s\",\"d\":\"s\"}}",
        "ai_analyze_sentiment('c')|{\"v\":\"positive\"}",
        "ai_filter('is it so?', 'c')|{\"v\":true}",
        "ai_query('m', 'p', returnType => 'STRUCT<a: INT, b: ARRAY<STRING>>')|{\"v\":{\"a\":7,\"b\":[\"s\"]}}",
        "ai_query('m', 'p', 'INT')|{\"v\":7}",
        "ai_query('m', 'p', returnType => 'BOOLEAN')|{\"v\":true}",
        "ai_query('m', 'p', 'INT', failOnError => false).result|{\"v\":7}",
        "ai_query('m', 'p', responseFormat => 'STRUCT<a: INT>')|{\"v\":\"{\\\"a\\\":7}\"}",
        "ai_query('m', 'p', responseFormat => 'json_object')|{\"v\":\"{}\"}",
        "ai_query('m', 'p', responseFormat => '{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"integer\"}}}')|{\"v\":\"7\"}",
      })
  void givesTypedValues(String call, String expected) {
    assertThat(json(call)).isEqualTo(expected);
  }

  @Test
  void aLabelThatWasCutIsAnErrorAndNoValue() {
    Row record =
        session
            .sql("SELECT ai_query('m', 'long', returnType => 'INT', failOnError => false)")
            .first()
            .getStruct(0);

    assertThat(record.isNullAt(0)).isTrue();
    assertThat(record.getString(1)).contains("ai_query was cut at 3 tokens");
  }

  @Test
  void textOfARowIsNoTemplate() {
    json("ai_summarize('{max_words} {{content}} }', 5)");
    assertThat(FakeEngines.byModel("demo").asked)
        .containsExactly(
            "Summarize the text in at most 5 words. Write only the summary.\n\nText:\n"
                + "{max_words} {{content}} }\n\nSummary:");
  }

  @Test
  void theSessionMayReplaceATemplate() {
    session.conf().set("spark.swiftkv.template.ai_summarize", "{content} {{short}}");
    try {
      assertThat(json("ai_summarize('t')")).isEqualTo("{\"v\":\"C(t {short})\"}");
    } finally {
      session.conf().unset("spark.swiftkv.template.ai_summarize");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ai_summarise,{content},is for a function that does not exist",
    "ai_gen,{content},takes {content}; it may take [prompt]",
    "ai_gen,fixed,takes no argument"
  })
  void refusesTemplatesThatCannotBeFilled(String function, String template, String message) {
    session.conf().set("spark.swiftkv.template." + function, template);
    try {
      assertThatThrownBy(() -> session.sql("SELECT ai_gen('a')"))
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining(message);
    } finally {
      session.conf().unset("spark.swiftkv.template." + function);
    }
  }

  @Test
  void everyExampleOfEveryFunctionRuns() {
    List<AiFunction> others = List.of(FunctionList.AI_SCORE, FunctionList.AI_COUNT_TOKENS);
    for (AiFunction function : FunctionList.ALL) {
      if (others.contains(function)) {
        continue; // ScoreAndCountTest
      }
      assertThat(function.examples()).as(function.name()).hasSizeGreaterThanOrEqualTo(2);
      for (String example : function.examples()) {
        String sql = example.substring(2, example.length() - 1);
        assertThat(session.sql(sql).collectAsList()).as(example).isNotEmpty();
      }
      assertThat(session.sql("DESCRIBE FUNCTION EXTENDED " + function.name()).count())
          .isGreaterThan(3);
    }
  }

  @Test
  void dataFramesCallTheSameFunctions() {
    Row row =
        session
            .sql("SELECT 'c' AS x")
            .select(
                AiFunctions.aiGen(col("x")),
                AiFunctions.aiClassify(col("x"), "p", "q"),
                AiFunctions.aiFilter("so", col("x")),
                AiFunctions.aiQuery("m", col("x"), "INT"))
            .first();

    assertThat(row.mkString(";")).isEqualTo("C(c);p;true;7");
  }
}

package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.AiFunctions;
import dev.swiftkv.spark.AiOptions;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.FunctionList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskFunctionsTest {
  private static final Path MODEL = Sessions.demonstrationModel();

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
        "ai_query('m', 'p', returnType => 'DECIMAL(4,2)')|{\"v\":0.50}",
        "ai_query('m', 'p', returnType => 'DATE')|{\"v\":\"2024-02-29\"}",
        "ai_query('m', 'p', returnType => 'TIMESTAMP_NTZ')|{\"v\":\"2024-02-29T13:14:15.000\"}",
        "ai_query('m', 'p', returnType => 'MAP<STRING, INT>')|{\"v\":{}}",
        "ai_query('m', 'p', 'INT', failOnError => false).result|{\"v\":7}",
        "ai_query('m', 'p', responseFormat => 'STRUCT<a: INT>')|{\"v\":\"{\\\"a\\\":7}\"}",
        "ai_query('m', 'p', responseFormat => 'json_object')|{\"v\":\"{}\"}",
        "ai_query('m', 'p', responseFormat => '{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"integer\"}}}')|{\"v\":\"7\"}",
      })
  void givesTypedValues(String call, String expected) {
    assertThat(json(call)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "DECIMAL(4,1)", "DATE", "BOOLEAN"})
  void halfANumberIsAnErrorAndNoValue(String type) {
    Row record = cut("returnType => '%s'".formatted(type));

    assertThat(record.isNullAt(0)).isTrue();
    assertThat(record.getString(1))
        .isEqualTo(
            "INVALID_OPTION: The answer of ai_query had to end at 3 tokens and may be another than"
                + " the model's; raise max_tokens");
    assertThat(record.getString(2)).isEqualTo("error");
  }

  @ParameterizedTest
  @ValueSource(strings = {"STRUCT<a: INT>", "ARRAY<STRING>", "MAP<STRING, INT>"})
  void listsAndFieldsThatHadToEndEarlyAreKeptAndSaySo(String type) {
    Row record = cut("returnType => '%s'".formatted(type));

    assertThat(record.isNullAt(0)).isFalse();
    assertThat(record.isNullAt(1)).isTrue();
    assertThat(record.getString(2)).isEqualTo("length");
  }

  /** The fake engine runs out of tokens on prompts that begin so. */
  private static Row cut(String arguments) {
    return session
        .sql("SELECT ai_query('m', 'long', failOnError => false, %s)".formatted(arguments))
        .first()
        .getStruct(0);
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
    "ai_summarise,{content},is for no function that has one",
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
  void explainShowsThePromptOnOneLine() {
    assertThat(
            session
                .sql("EXPLAIN SELECT ai_filter('It is late.', x) FROM VALUES ('a') t(x)")
                .first()
                .getString(0))
        .contains("AiEval [ai_filter('Does this hold for the text: It is late. Answer true or")
        .contains(" false.\\n\\nText:\\n' || x#")
        .contains(" || '\\n\\nAnswer:') of demo AS ");
  }

  @Test
  void aModelBringsItsTemplatesAlongAndTheSessionsWin(@TempDir Path model) throws IOException {
    Files.writeString(model.resolve("function_templates.json"), "{\"ai_mask\": \"M {content}\"}");
    String call = "SELECT ai_mask('c', array('l'), model => '%s')".formatted(model);
    assertThat(session.sql(call).first().getString(0)).isEqualTo("C(M c)");
    assertThat(session.sql("SELECT ai_mask('c', array('l'))").first().getString(0))
        .startsWith("C(Copy the text");

    session.conf().set("spark.swiftkv.template.ai_mask", "S {content}");
    assertThat(session.sql(call).first().getString(0)).isEqualTo("C(S c)");
    session.conf().unset("spark.swiftkv.template.ai_mask");

    Files.writeString(model.resolve("function_templates.json"), "{\"ai_mask\": \"{text}\"}");
    assertThatThrownBy(() -> session.sql(call))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("The template ai_mask of " + model)
        .hasMessageContaining("takes {text}; it may take [content, labels]");

    Files.writeString(model.resolve("function_templates.json"), "{");
    assertThatThrownBy(() -> session.sql(call))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("The templates in " + model)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void everyExampleOfEveryFunctionRuns() {
    session.conf().set("spark.swiftkv.model", MODEL.toString()); // whose tokenizer counts
    try {
      FunctionList.ALL.forEach(TaskFunctionsTest::runExamples);
    } finally {
      session.conf().unset("spark.swiftkv.model");
    }
  }

  private static void runExamples(AiFunction function) {
    assertThat(function.examples()).as(function.name()).hasSizeGreaterThanOrEqualTo(2);
    for (String example : function.examples()) {
      String sql = example.substring(2, example.length() - 1);
      assertThat(session.sql(sql).collectAsList()).as(example).isNotEmpty();
    }
    assertThat(session.sql("DESCRIBE FUNCTION EXTENDED " + function.name()).count())
        .isGreaterThan(3);
  }

  @Test
  void dataFramesCallTheSameFunctions() {
    Column x = col("x");
    Row row =
        session
            .sql("SELECT 'c' AS x")
            .select(
                AiFunctions.aiGen(x),
                AiFunctions.aiQuery("m", x, new AiOptions().returnType("INT")),
                AiFunctions.aiClassify(x, "p", "q"),
                AiFunctions.aiFilter("so", x),
                AiFunctions.aiAnalyzeSentiment(x),
                AiFunctions.aiScore(x, lit("yes")),
                AiFunctions.aiExtract(x, "a b").getField("a b"))
            .first();

    assertThat(row.mkString(";")).isEqualTo("C(c);7;p;true;positive;-1.375;s");
  }

  @Test
  void dataFramesCountTokens() {
    Row row =
        session
            .sql("SELECT 'jam' AS x, ai_count_tokens('jam', '%s')".formatted(MODEL))
            .select(
                AiFunctions.aiCountTokens(col("x"), new AiOptions().model(MODEL.toString())),
                col("*"))
            .first();

    assertThat(row.getInt(0)).isPositive().isEqualTo(row.getInt(2));
  }

  @Test
  void dataFramesAskAboutGroups() {
    Row row =
        session
            .sql("SELECT * FROM VALUES ('a'), ('b') t(x)")
            .agg(
                AiFunctions.aiAgg(col("x"), "Why?"),
                AiFunctions.aiAgg(col("x"), "Why?", new AiOptions().failOnError(false))
                    .getField("result"),
                AiFunctions.aiSummarizeAgg(col("x")),
                AiFunctions.aiSummarizeAgg(col("x"), "In one word."))
            .first();

    assertThat(row.getString(0)).startsWith("C(Why?").isEqualTo(row.getString(1));
    assertThat(row.getString(2)).startsWith("C(Summarize the texts.");
    assertThat(row.getString(3)).startsWith("C(In one word.");
  }

  @Test
  void dataFramesNameOptions() {
    AiOptions options = new AiOptions().maxTokens(40).temperature(0.5).model("other");
    Row row =
        session
            .sql("SELECT 'fail' AS x")
            .select(
                AiFunctions.aiGen(col("x"), options.failOnError(false)).getField("error"),
                AiFunctions.aiSummarize(col("x"), options.maxWords(7)),
                AiFunctions.aiClassify(
                    lit("c"), List.of("p", "q"), new AiOptions().multiLabel(true)))
            .first();

    assertThat(row.getString(0)).startsWith("INVALID_PROMPT");
    assertThat(row.getString(1)).contains("in at most 7 words");
    assertThat(row.getList(2)).isEqualTo(List.of("p"));
    assertThat(FakeEngines.byModel("other").maxTokens).hasValue(40);
  }
}

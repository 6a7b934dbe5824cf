package dev.swiftkv.spark.plan;

import static dev.swiftkv.spark.plan.Waits.until;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ai_agg} and {@code ai_summarize_agg}: how texts become prompts. */
@Timeout(120)
class AggregateTest {
  /** Of a text, as the tests write them. */
  static final String TEXT = "concat('t', lpad(id, 4, '0'), ' w w')";

  private static SparkSession session;

  @BeforeAll
  static void open() {
    session = Sessions.open();
    session.conf().set("spark.sql.planChangeValidation", "true");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
    set("model", "context-60");
    set("maxTokens", "8");
    for (String name : List.of("aggregateBytes", "template.ai_agg", "template.ai_agg.combine")) {
      session.conf().unset("spark.swiftkv." + name);
    }
  }

  private static void set(String name, String value) {
    session.conf().set("spark.swiftkv." + name, value);
  }

  private static List<Row> rows(String sql) {
    return session.sql(sql).collectAsList();
  }

  private static Object value(String sql) {
    return rows(sql).get(0).get(0);
  }

  private static FakeEngine engine() {
    return FakeEngines.byModel("context-60");
  }

  private static List<String> firstPrompts() {
    return engine().asked.stream().filter(prompt -> prompt.contains("Texts:")).toList();
  }

  private static List<String> textsOf(List<String> prompts) {
    List<String> texts = new ArrayList<>();
    for (String prompt : prompts) {
      String inside =
          prompt.substring(prompt.indexOf("Texts:\n") + 7, prompt.indexOf("\n\nAnswer:"));
      texts.addAll(List.of(inside.split("\n\n")));
    }
    return texts.stream().sorted().toList();
  }

  @Test
  void textsThatFitAreOnePromptInOneOrder() {
    set("model", "demo");

    assertThat(value("SELECT ai_agg(x, 'Why?') FROM VALUES ('b'), (NULL), ('c'), ('a') t(x)"))
        .isEqualTo("C(Why?\n\nTexts:\na\n\nb\n\nc\n\nAnswer:)");
    assertThat(value("SELECT ai_summarize_agg(x) FROM VALUES ('b'), ('a') t(x)"))
        .isEqualTo("C(Summarize the texts. Write only the summary.\n\nTexts:\na\n\nb\n\nSummary:)");
  }

  @Test
  void whatDoesNotFitIsAskedInPartsWhoseAnswersAreCombined() {
    Object answer = value("SELECT ai_agg(%s, 'i') FROM range(1000)".formatted(TEXT));

    // 52 words beside the completion: 1 of the frame, and each text adds 2.
    assertThat(firstPrompts()).hasSize(40);
    assertThat(textsOf(firstPrompts())).hasSize(1000).doesNotHaveDuplicates();
    // 21 words of the other frame leave room for 15 answers of 2: three prompts, then one.
    List<String> combining =
        engine().asked.stream().filter(prompt -> prompt.contains("Answers:\nA")).toList();
    assertThat(combining).hasSize(4).allMatch(prompt -> prompt.contains("were read in parts"));
    assertThat(engine().asked).hasSize(44);
    for (String prompt : engine().asked) {
      String itsAnswer = "A%08x of this".formatted(prompt.hashCode());
      assertThat(combining.stream().filter(other -> other.contains(itsAnswer)).count())
          .isEqualTo(itsAnswer.equals(answer) ? 0 : 1);
    }
  }

  @Test
  void answersThatCannotBeCombinedAreAnErrorWithTheirSizes() {
    set("template.ai_agg.combine", "{instruction} {texts}" + " x".repeat(30));
    set("template.ai_agg", "long Texts:\n{texts}\n\nAnswer: {instruction}");
    // Answers of 30 words are too long for a prompt of 52 with two of them.
    Row record =
        rows("SELECT r.* FROM (SELECT ai_agg(%s, 'verbose', failOnError => false) r FROM range(60))"
                .formatted(TEXT))
            .get(0);

    assertThat(record.isNullAt(0)).isTrue();
    assertThat(record.getString(1))
        .startsWith("INVALID_OPTION: Two answers of 30 and 30 tokens make a prompt of ")
        .contains("with max_tokens 8 the context of 60 has room for 52");
    assertThat(record.getString(2)).isEqualTo("error");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 31})
  void neitherOrderNorPartitionsChangeTheAnswer(int partitions) {
    String texts = "SELECT %s x, id %% 3 k FROM range(700)".formatted(TEXT);
    String query = "SELECT k, ai_agg(x, 'i') a FROM %s GROUP BY k ORDER BY k";
    List<Row> expected = rows(query.formatted("(" + texts + ")"));
    List<String> prompts = engine().sortedPrompts();
    FakeEngines.reset();

    session
        .sql(texts)
        .orderBy(org.apache.spark.sql.functions.hash(col("x")))
        .repartition(partitions)
        .createOrReplaceTempView("shuffled");

    assertThat(rows(query.formatted("shuffled"))).isEqualTo(expected);
    assertThat(engine().sortedPrompts()).isEqualTo(prompts);
  }

  @Test
  void aTextBeyondTheContextIsCutAtItsParagraphs() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      text.append("word" + i).append(" word".repeat(18)).append(" end.\n\n");
    }
    value("SELECT ai_agg('%s', 'i')".formatted(text.toString().replace("\n", "\\n")));

    assertThat(firstPrompts()).hasSize(25);
    StringBuilder pieces = new StringBuilder();
    for (String prompt : firstPrompts()) {
      String piece = prompt.substring("i\n\nTexts:\n".length(), prompt.length() - 9);
      assertThat(piece).startsWith("word").endsWith("end.\n\n");
      pieces.append(piece);
    }
    assertThat(pieces.toString()).isEqualTo(text.toString());
    assertThat(engine().countTokens(firstPrompts().get(0))).isLessThanOrEqualTo(52);
  }

  @Test
  void usageIsThatOfAllPromptsAndACutAnswerIsNotSilent() {
    set("template.ai_agg", "long Texts:\n{texts}\n\nAnswer: {instruction}");
    Row record =
        rows("SELECT r.finish_reason, r.usage.* FROM (SELECT ai_agg(%s, 'i', failOnError =>"
                    .formatted(TEXT)
                + " false) r FROM range(100))")
            .get(0);

    int words = engine().asked.stream().mapToInt(engine()::countTokens).sum();
    int prompts = engine().asked.size();
    assertThat(record.getString(0)).isEqualTo("length");
    assertThat(record.getInt(1)).isEqualTo(words);
    assertThat(record.getInt(2)).isEqualTo(prompts);
    assertThat(record.getInt(3)).isEqualTo(3 * prompts);
  }

  @Test
  void groupsAreWithTheEngineTogether() {
    set("model", "together-12");
    assertThat(
            rows(
                "SELECT id % 12 k, ai_agg(x, 'i') FROM (SELECT id, concat('t', id) x FROM"
                    + " range(120)) GROUP BY k"))
        .hasSize(12);
  }

  @Test
  void thePartsOfOneGroupAreWithTheEngineTogetherTooAndMoreWithEachAnswer() {
    set("model", "context-60-delay-5");
    value("SELECT ai_agg(%s, 'i') FROM range(1000)".formatted(TEXT));

    FakeEngine slow = FakeEngines.byModel("context-60-delay-5");
    assertThat(slow.asked).hasSize(44);
    assertThat(slow.mostOpen.get()).isGreaterThan(16);
  }

  // ---- failures ----

  @Test
  void groupsWithoutTextsHaveNoAnswer() {
    assertThat(
            rows(
                "SELECT k, ai_agg(x, 'i') FROM VALUES (1, NULL), (1, NULL), (2, 'a') t(k, x) GROUP"
                    + " BY k ORDER BY k"))
        .extracting(row -> row.isNullAt(1))
        .containsExactly(true, false);
    assertThat(value("SELECT ai_agg('a', 'i') FROM range(0)")).isNull();
    assertThat(value("SELECT ai_agg('a', 'i', failOnError => false) FROM range(0)")).isNull();
  }

  @Test
  void oneFailedPartFailsItsGroupAndNoOther() {
    set("template.ai_agg", "{texts}\n\nTexts: {instruction}");
    String query =
        "SELECT k, ai_agg(x, 'i'%s) a FROM (SELECT id %% 2 k, if(id = 77, 'fail w w', "
            + TEXT
            + ") x FROM range(300)) GROUP BY k ORDER BY k";

    List<Row> rows = rows(query.formatted(""));
    assertThat(rows.get(0).getString(1)).startsWith("A");
    assertThat(rows.get(1).isNullAt(1)).isTrue();

    Row record = rows(query.formatted(", failOnError => false")).get(1).getStruct(1);
    assertThat(record.isNullAt(0)).isTrue();
    assertThat(record.getString(1)).isEqualTo("INVALID_PROMPT: It says fail");
    assertThat(record.getString(2)).isEqualTo("error");

    assertThatThrownBy(() -> rows(query.formatted(", failOnError => true")))
        .hasStackTraceContaining("ai_agg failed for the prompt that begins \"fail w w");
  }

  @Test
  void aTextThatIsNotUtf8AndAnInstructionThatDoesNotFitAreErrorsOfTheGroup() {
    assertThat(
            value(
                "SELECT ai_agg(x, 'i', failOnError => false).error FROM VALUES ('a'),"
                    + " (CAST(x'ff' AS STRING)) t(x)"))
        .isEqualTo(
            "INVALID_PROMPT: A text of the group, of 1 bytes, is not UTF-8; decode the column first");
    assertThat(
            value(
                "SELECT ai_agg('a', '%s', failOnError => false).error"
                    .formatted("word ".repeat(50))))
        .asString()
        .startsWith(
            "INVALID_OPTION: The instruction and the template have 50 tokens; with max_tokens 8")
        .endsWith("Shorten the instruction or lower max_tokens");
    assertThatThrownBy(
            () -> rows("SELECT ai_agg('a', '%s', failOnError => true)".formatted("w ".repeat(50))))
        .hasStackTraceContaining("ai_agg failed: INVALID_OPTION");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ai_agg('a')|needs the argument instruction",
        "ai_agg('a', ' ')|say what is asked about the texts",
        "ai_agg('a', id)|wants the same instruction for every row",
        "ai_agg('a', 'i', fail => true)|has no argument fail",
      })
  void refusesArguments(String call, String message) {
    assertThatThrownBy(() -> session.sql("SELECT " + call + " FROM range(3)"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "ai_agg,{instruction},takes no {texts}",
    "ai_agg.combine,{texts} {texts},takes {texts} twice",
    "ai_agg,{texts} {content},'takes {content}; it may take [instruction, texts]'",
    "ai_gen.combine,{prompt},is for no function that has one"
  })
  void refusesTemplates(String name, String template, String message) {
    set("template." + name, template);
    try {
      assertThatThrownBy(() -> session.sql("SELECT ai_agg('a', 'i')"))
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining("The template spark.swiftkv.template." + name)
          .hasMessageContaining(message);
    } finally {
      session.conf().unset("spark.swiftkv.template." + name);
    }
  }

  // ---- memory ----

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aGroupBeyondItsMemoryIsReducedWhileItIsGathered(int partitions) {
    set("aggregateBytes", "2k");
    Row record =
        session
            .range(0, 2000, 1, partitions)
            .selectExpr(TEXT + " x")
            .selectExpr("ai_agg(x, 'i', failOnError => false) r")
            .selectExpr("r.*")
            .first();

    assertThat(record.getString(0)).startsWith("A");
    assertThat(textsOf(firstPrompts())).hasSize(2000).doesNotHaveDuplicates();
    int words = engine().asked.stream().mapToInt(engine()::countTokens).sum();
    assertThat(record.getStruct(3).getInt(0)).isEqualTo(words);
    // 2 KB are 60 texts in three prompts, and one that combines them; 34 times.
    assertThat(engine().asked).hasSizeBetween(100, 180);
  }

  /** Most of them are asked by tasks of the aggregate, which Spark shows as another operator. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void promptsWhileGatheringAreCountedWithTheOthers(boolean adaptive) {
    set("aggregateBytes", "2k");
    session.conf().set("spark.sql.adaptive.enabled", "" + adaptive);
    try {
      Dataset<Row> answer =
          session
              .range(0, 1000, 1, 3)
              .selectExpr("id % 2 AS k", TEXT + " x")
              .groupBy("k")
              .agg(expr("ai_agg(x, 'i') a"));
      answer.collectAsList();

      int words = engine().asked.stream().mapToInt(engine()::countTokens).sum();
      int prompts = engine().asked.size();
      Map<String, SQLMetric> metrics = MetricsTest.metrics(answer);
      assertThat(prompts).isGreaterThan(40);
      assertThat(metrics.get(AiMetrics.PROMPTS).value()).isEqualTo(prompts);
      assertThat(metrics.get(AiMetrics.ANSWERED).value()).isEqualTo(prompts);
      assertThat(metrics.get(AiMetrics.PROMPT_TOKENS).value()).isEqualTo(words);
      assertThat(metrics.get(AiMetrics.COMPLETION_TOKENS).value()).isEqualTo(3L * prompts);
      assertThat(metrics.get(AiMetrics.OUTPUT_ROWS).value()).isEqualTo(2);
      Row usage = rows("SELECT prompts, prompt_tokens FROM ai_metrics()").get(0);
      assertThat(usage.getLong(0)).isEqualTo(prompts);
      assertThat(usage.getLong(1)).isEqualTo(words);
    } finally {
      session.conf().unset("spark.sql.adaptive.enabled");
    }
  }

  /** Of a query that ends before any other task has asked. */
  @Test
  void tasksThatGatherReportWhatTheyAsked() {
    set("aggregateBytes", "1k");
    set("template.ai_agg", "{texts}\n\nTexts: {instruction}");
    assertThatThrownBy(
            () ->
                rows(
                    "SELECT ai_agg(if(id = 499, 'fail', %s), 'i', failOnError => true)"
                            .formatted(TEXT)
                        + " FROM range(0, 500, 1, 1)"))
        .hasStackTraceContaining("It says fail");
    int prompts = engine().asked.size();
    // Engines that the driver cannot see, as on a cluster.
    FakeEngines.reset();

    Row usage = rows("SELECT prompts, failed FROM ai_metrics() WHERE failed > 0").get(0);
    assertThat(usage.getLong(0)).isEqualTo(prompts).isPositive();
    assertThat(usage.getLong(1)).isEqualTo(1);
  }

  @Test
  void aFailureWhileGatheringIsTheGroups() {
    set("aggregateBytes", "1k");
    set("template.ai_agg", "{texts}\n\nTexts: {instruction}");
    String query =
        "SELECT ai_agg(if(id = 5, 'fail', %s), 'i', failOnError => %s) FROM range(0, 500, 1, 2)";

    Row record = rows(query.formatted(TEXT, "false")).get(0).getStruct(0);
    assertThat(record.isNullAt(0)).isTrue();
    assertThat(record.getString(1)).isEqualTo("INVALID_PROMPT: It says fail");
    assertThat(FakeEngines.HELD.get()).isZero();
    assertThatThrownBy(() -> rows(query.formatted(TEXT, "true")))
        .hasStackTraceContaining("ai_agg failed for the prompt that begins \"fail");
    // Spark reports a failed job while it still kills the task of the other partition.
    until(() -> FakeEngines.HELD.get() == 0);
  }
}

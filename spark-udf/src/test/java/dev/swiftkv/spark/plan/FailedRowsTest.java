package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import dev.swiftkv.spark.functions.FunctionList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of failed and of truncated rows, for every function that asks a model. */
class FailedRowsTest {
  /** Templates that begin with the text, by which the fake engine knows what to do. */
  private static final Map<String, String> TEMPLATES =
      Map.ofEntries(
          Map.entry("ai_summarize", "{content}{max_words}"),
          Map.entry("ai_classify", "{content}{labels}"),
          Map.entry("ai_extract", "{content}{labels}"),
          Map.entry("ai_translate", "{content}{to_lang}"),
          Map.entry("ai_fix_grammar", "{content}"),
          Map.entry("ai_mask", "{content}{labels}"),
          Map.entry("ai_analyze_sentiment", "{content}"),
          Map.entry("ai_filter", "{content}{condition}"),
          Map.entry("ai_agg", "{texts}{instruction}"),
          Map.entry("ai_summarize_agg", "{texts}{instruction}"));

  private static SparkSession session;

  /** A call of each function, with its name and without a closing parenthesis. */
  static List<String> calls() {
    return List.of(
        "ai_query('m', x",
        "ai_gen(x, model => 'm'",
        "ai_summarize(x, model => 'm'",
        "ai_classify(x, array('a', 'b'), model => 'm'",
        "ai_extract(x, array('a', 'b'), model => 'm'",
        "ai_translate(x, 'de', model => 'm'",
        "ai_fix_grammar(x, model => 'm'",
        "ai_mask(x, array('a'), model => 'm'",
        "ai_analyze_sentiment(x, model => 'm'",
        "ai_filter('c', x, model => 'm'",
        "ai_agg(x, 'i', model => 'm'",
        "ai_summarize_agg(x, model => 'm'",
        "ai_score(x, 'y', model => 'm'");
  }

  @BeforeAll
  static void open() {
    session = Sessions.open();
    TEMPLATES.forEach((name, text) -> session.conf().set("spark.swiftkv.template." + name, text));
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
  }

  @Test
  void noFunctionIsLeftOut() {
    assertThat(calls().stream().map(FailedRowsTest::name))
        .containsExactlyInAnyOrderElementsOf(
            FunctionList.ALL.stream()
                .filter(function -> function.hasParameter("failOnError"))
                .map(function -> function.name())
                .toList());
  }

  @ParameterizedTest
  @MethodSource("calls")
  void leftOutAFailedRowIsNullCountedAndSampled(String call) {
    List<Row> rows = rows(call + ")");

    assertThat(rows.get(0).isNullAt(1)).isFalse();
    assertThat(rows.get(1).isNullAt(1)).isTrue();
    Row usage = usage();
    assertThat(usage.getLong(0)).isEqualTo(1);
    assertThat(usage.<Row>getList(2).get(0).<String>getAs("message")).isEqualTo("It says fail");
  }

  @ParameterizedTest
  @MethodSource("calls")
  void falseGivesEveryRowARecord(String call) {
    List<Row> rows = rows(call + ", failOnError => false)");

    Row good = rows.get(0).getStruct(1);
    assertThat(good.schema().fieldNames())
        .containsExactly("result", "error", "finish_reason", "usage");
    assertThat(good.isNullAt(0)).isFalse();
    assertThat(good.isNullAt(1)).isTrue();
    assertThat(good.getString(2)).isEqualTo("stop");
    assertThat(good.getStruct(3).getInt(0)).isPositive();
    Row failed = rows.get(1).getStruct(1);
    assertThat(failed.isNullAt(0)).isTrue();
    assertThat(failed.getString(1)).isEqualTo("INVALID_PROMPT: It says fail");
    assertThat(failed.getString(2)).isEqualTo("error");
  }

  @ParameterizedTest
  @MethodSource("calls")
  void trueFailsTheQueryAndNamesThePrompt(String call) {
    assertThatThrownBy(() -> rows(call + ", failOnError => true)"))
        .hasStackTraceContaining(name(call) + " failed for the prompt that begins \"fail: number 2")
        .hasStackTraceContaining("INVALID_PROMPT: It says fail. Leave failOnError out");
  }

  @ParameterizedTest
  @MethodSource("calls")
  void whatWasCutIsCountedAndSaidInTheRecord(String call) {
    if (name(call).equals("ai_score")) {
      return; // writes nothing
    }
    Row record =
        session
            .sql(
                "SELECT %s, failOnError => false) FROM VALUES ('long: too long') t(x)"
                    .formatted(call))
            .first()
            .getStruct(0);

    boolean isChoice = call.matches("ai_(classify|analyze|filter).*");
    assertThat(record.isNullAt(0)).isEqualTo(isChoice);
    assertThat(record.getString(2)).isEqualTo(isChoice ? "error" : "length");
    assertThat(record.getStruct(3).getInt(0)).isPositive();
    Row usage = usage();
    assertThat(usage.getLong(0)).isEqualTo(isChoice ? 1 : 0);
    assertThat(usage.getLong(1)).isEqualTo(1);
  }

  private static String name(String call) {
    return call.substring(0, call.indexOf('('));
  }

  /** A row that is answered and one that fails; aggregates have each in a group of its own. */
  private static List<Row> rows(String call) {
    String group = name(call).endsWith("_agg") ? " GROUP BY id" : "";
    return session
        .sql(
            "SELECT id, %s FROM VALUES (1, 'fine'), (2, 'fail: number 2') t(id, x)%s ORDER BY id"
                .formatted(call, group))
        .collectAsList();
  }

  private static Row usage() {
    return session
        .sql("SELECT failed, truncated, errors FROM ai_metrics() WHERE model = 'm'")
        .first();
  }
}

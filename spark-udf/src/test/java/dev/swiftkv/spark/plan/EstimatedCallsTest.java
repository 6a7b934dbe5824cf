package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.tokenizer.TokenCounters;
import dev.swiftkv.spark.FakeEngines;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** {@code ai_estimate}: scores, labels and aggregates, time, and what is no query. */
class EstimatedCallsTest extends EstimatedQueries {
  // ---- other calls ----

  @Test
  void scoresHaveTheTokensOfTheirContinuations() {
    Row row = estimate("SELECT ai_score(x, ' wet lock') FROM t").get(0);

    assertThat(number(row, "prompt_tokens")).isEqualTo(tokens(texts()));
    int each = TokenCounters.shared().count(MODEL, " wet lock") - 1;
    assertThat(number(row, "completion_tokens")).isEqualTo(100L * each);
    assertThat(number(row, "max_completion_tokens")).isEqualTo(100L * each);
  }

  @Test
  void labelsAreNoLongerThanTheLongest() {
    Row row = estimate("SELECT ai_classify(x, array('a', 'a longer label')) FROM t").get(0);

    int longest = TokenCounters.shared().count(MODEL, "a longer label");
    assertThat(number(row, "completion_tokens")).isEqualTo(100L * longest);
  }

  @Test
  void promptsThatWouldFailAreSaidAndCostNothing() {
    Row row =
        estimate(
                "SELECT ai_gen(CASE WHEN k = 1 THEN \"\" WHEN k = 2 THEN repeat(\"lock \", 99999)"
                    + " ELSE x END) FROM t")
            .get(0);

    assertThat(number(row, "prompts")).isEqualTo(100);
    assertThat(number(row, "prompt_tokens")).isLessThanOrEqualTo(tokens(texts()));
    assertThat((String) value(row, "note")).startsWith("2 of the rows asked would fail");
  }

  @Test
  void groupsAreAskedInThePartsThatTheyWillHave() {
    String model = ", model => '" + unmeasured + "'";
    Row whole =
        estimate("SELECT k % 3, ai_summarize_agg(x" + model + ") FROM t GROUP BY k % 3").get(0);
    assertThat(number(whole, "rows")).isEqualTo(3);
    assertThat(number(whole, "prompts")).isEqualTo(3);
    assertThat(value(whole, "note")).isNull();
    assertThat(number(whole, "completion_tokens")).isEqualTo(3 * 256);

    Map<String, String> smallParts =
        Map.of("spark.swiftkv.contextLength", "600", "spark.swiftkv.aggregateBytes", "4k");
    Settings.during(
        session,
        smallParts,
        () -> {
          String answers = ", modelParameters => map('max_tokens', 100)" + model;
          Row parts = estimate("SELECT ai_agg(x, 'Why?'" + answers + ") FROM t").get(0);
          assertThat(number(parts, "rows")).isEqualTo(1);
          assertThat(number(parts, "prompts")).isGreaterThan(10);
          assertThat(number(parts, "prompt_tokens"))
              .isGreaterThan(
                  session.sql("SELECT sum(ai_count_tokens(x) - 1) FROM t").first().getLong(0));
          assertThat((String) value(parts, "note"))
              .isEqualTo("answers that are combined are taken to be as long as they may be");
          return parts;
        });
  }

  @Test
  void saysThatLongAnswersMayNotFitTogether() {
    Row row =
        Settings.during(
            session,
            Map.of("spark.swiftkv.contextLength", "600"),
            () -> estimate("SELECT ai_agg(x, 'Why?') FROM t").get(0));

    assertThat((String) value(row, "note"))
        .contains("answers that are combined are taken to be as long as they may be")
        .contains("1 of the rows asked would fail, such as with INVALID_OPTION: Two answers of 2");
  }

  // ---- time ----

  @Test
  void timeNeedsASpeed() {
    Row unknown = estimate("SELECT ai_gen(x) FROM t").get(0);
    assertThat(value(unknown, "seconds")).isNull();
    assertThat(value(unknown, "rate_source")).isEqualTo("unknown");

    session.conf().set("spark.swiftkv.tokensPerSecond", "1000");
    try {
      Row known = estimate("SELECT ai_gen(x) FROM t").get(0);
      long all = number(known, "prompt_tokens") + number(known, "completion_tokens");
      assertThat(value(known, "seconds")).isEqualTo(all / 1000.0);
      assertThat(value(known, "rate_source")).isEqualTo("option");
    } finally {
      session.conf().unset("spark.swiftkv.tokensPerSecond");
    }
  }

  // ---- queries ----

  @Test
  void aQueryWithoutCallsSaysSo() {
    Row row = estimate("SELECT count(*), max(ai_count_tokens(x)) FROM t").get(0);

    assertThat(value(row, "note")).isEqualTo("the query calls no AI function");
    assertThat(number(row, "prompts")).isZero();
    assertThat(value(row, "seconds")).isEqualTo(0.0);
  }

  @Test
  void insertsAndNewTablesAreEstimatedByTheirQuery() {
    session.sql("CREATE TABLE IF NOT EXISTS answered (a STRING) USING parquet");
    try {
      String query = "SELECT ai_gen(x) FROM t WHERE k < 4";
      assertThat(number(estimate("INSERT INTO answered " + query).get(0), "prompts")).isEqualTo(4);
      assertThat(number(estimate("CREATE TABLE other AS " + query).get(0), "prompts")).isEqualTo(4);
      assertThat(session.table("answered").count()).isZero();
      assertThat(session.catalog().tableExists("other")).isFalse();
    } finally {
      session.sql("DROP TABLE answered");
    }
  }

  @Test
  void aCacheIsNotFilledAndAFilledOneCostsNothing() {
    session.sql("CACHE LAZY TABLE cached AS SELECT k, ai_gen(x) AS a FROM t WHERE k < 6");
    try {
      assertThat(number(estimate("SELECT * FROM cached").get(0), "prompts")).isEqualTo(6);
      session.table("cached").count();
      FakeEngines.reset();
      assertThat(value(estimate("SELECT * FROM cached").get(0), "note"))
          .isEqualTo("the query calls no AI function");
    } finally {
      session.sql("UNCACHE TABLE cached");
    }
  }

  @Test
  void refusesWhatIsNoQuery() {
    assertThatThrownBy(() -> estimate("SELECT ai_gen(x FROM t"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("PARSE_SYNTAX_ERROR");
    assertThatThrownBy(() -> estimate("SELECT ai_gen(nothing) FROM t"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("UNRESOLVED_COLUMN");
    assertThatThrownBy(() -> estimate("DROP TABLE t"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("ai_estimate takes a query, such as SELECT ai_gen(x) FROM t");
    assertThatThrownBy(() -> session.sql("SELECT * FROM ai_estimate(concat(x, '')) FROM t"))
        .isInstanceOf(AnalysisException.class);
    assertThatThrownBy(() -> estimate("SELECT ai_query('/no/such/model', x) FROM t"))
        .hasStackTraceContaining("There is no model at /no/such/model");
  }
}

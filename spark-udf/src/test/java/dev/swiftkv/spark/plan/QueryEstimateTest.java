package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.spark.FakeEngines;
import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ai_estimate}: prompts, rows and tokens of query shapes, counted and sampled. */
class QueryEstimateTest extends EstimatedQueries {
  // ---- exact where all is tokenized ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ai_gen(x) FROM t",
        "SELECT ai_gen(x) FROM t WHERE k < 40 AND ai_gen(x) IS NOT NULL",
        "SELECT k, a FROM answers WHERE k % 3 = 0",
        "SELECT count(*) FROM answers",
        "SELECT id, CASE WHEN flag THEN ai_gen(x) ELSE 'no' END FROM t",
        "SELECT id, ai_gen(CASE WHEN flag THEN x END) FROM t",
        "WITH c AS (SELECT k, ai_gen(x) a FROM t) SELECT * FROM c l JOIN c r ON l.k = r.k",
        "SELECT ai_gen(x) FROM t WHERE k < 10 UNION ALL SELECT ai_gen(x) FROM t WHERE k >= 70",
        "SELECT ai_gen(l.x) FROM t l JOIN (SELECT 3 AS k) r ON l.k = r.k",
        "SELECT k, max(ai_gen(x)) FROM t GROUP BY k",
        "SELECT ai_gen(concat('topic ', k)) FROM t GROUP BY k HAVING count(*) > 2",
        "SELECT ai_gen(x) FROM (SELECT * FROM t ORDER BY id LIMIT 7)",
        "SELECT ai_gen(x) FROM t LIMIT 5",
        "SELECT ai_gen(x) FROM t ORDER BY ai_gen(x) DESC LIMIT 3",
        "SELECT id, (SELECT max(ai_gen(x)) FROM t WHERE k < 5) FROM t",
        "SELECT id FROM t WHERE k IN (SELECT length(ai_gen(x)) FROM t WHERE k > 90)",
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY k % 4 ORDER BY id) r,"
            + " ai_gen(x) FROM t) WHERE r = 1",
        "SELECT ai_summarize(x), ai_classify(x, array('repair', 'refund')) FROM t WHERE k < 20",
        "SELECT ai_gen(NULL)",
      })
  void countsWhatTheQueryThenAsks(String query) {
    List<Row> rows = estimate(query);
    Collection<String> asked = asked(query);

    assertThat(sum(rows, "prompts")).isEqualTo(asked.size());
    assertThat(sum(rows, "prompt_tokens")).isEqualTo(tokens(asked));
    assertThat(sum(rows, "prompt_tokens_error")).isZero();
    assertThat(sum(rows, "sampled_prompts")).isEqualTo(sum(rows, "distinct_prompts"));
  }

  @Test
  void saysRowsAndDistinctPromptsOfEachCall() {
    List<Row> rows =
        estimate(
            """
            SELECT ai_gen(x, model => '%1$s'),
              ai_summarize(x, modelParameters => map('max_tokens', '20'), model => '%1$s')
            FROM t WHERE id < 150"""
                .formatted(unmeasured));

    assertThat(rows)
        .extracting(row -> value(row, "function"))
        .containsExactly("ai_gen", "ai_summarize");
    for (Row row : rows) {
      assertThat(value(row, "model")).isEqualTo(unmeasured);
      assertThat(number(row, "rows")).isEqualTo(150);
      assertThat(number(row, "distinct_prompts")).isEqualTo(100);
      assertThat(value(row, "note")).isNull();
    }
    assertThat(number(rows.get(0), "max_completion_tokens")).isEqualTo(100 * 128);
    assertThat(number(rows.get(1), "max_completion_tokens")).isEqualTo(100 * 20);
    assertThat(number(rows.get(1), "completion_tokens")).isEqualTo(100 * 20);
  }

  @Test
  void expectsAnswersAsLongAsThoseSoFar() {
    String query = "SELECT ai_gen(x, modelParameters => map('max_tokens', %d)) FROM t";
    asked(query.formatted(128));
    Row measured =
        session.sql("SELECT sum(completion_tokens) / sum(answered) FROM ai_metrics()").first();
    double mean = measured.getDouble(0);
    FakeEngines.reset();

    assertThat(mean).isBetween(1.0, 127.0);
    Row row = estimate(query.formatted(128)).get(0);
    assertThat(number(row, "completion_tokens")).isEqualTo(Math.round(100 * mean));
    assertThat(number(row, "max_completion_tokens")).isEqualTo(100 * 128);
    Row bounded = estimate(query.formatted(1)).get(0);
    assertThat(number(bounded, "completion_tokens")).isEqualTo(100);
  }

  @Test
  void withoutACacheEveryRowMayBeAsked() {
    session.conf().set("spark.swiftkv.resultCacheBytes", "0");
    try {
      Row row = estimate("SELECT ai_gen(x) FROM t").get(0);

      assertThat(number(row, "prompts")).isEqualTo(300);
      assertThat(number(row, "distinct_prompts")).isEqualTo(100);
      assertThat(number(row, "prompt_tokens"))
          .isEqualTo(session.sql("SELECT sum(ai_count_tokens(x)) FROM t").first().getLong(0));
    } finally {
      session.conf().unset("spark.swiftkv.resultCacheBytes");
    }
  }

  // ---- sampled ----

  @Test
  void aSampleIsWithinTheErrorThatItStates() {
    String table =
        "(SELECT id, concat('order ', hash(id), repeat(' smart lock', abs(hash(id, 1)) % 50)) AS x"
            + " FROM range(0, 60000, 1, 8))";
    Row row = estimate("SELECT ai_gen(x) FROM " + table).get(0);
    Row counted =
        session.sql("SELECT sum(ai_count_tokens(x)), count(DISTINCT x) FROM " + table).first();

    assertThat(number(row, "distinct_prompts")).isEqualTo(counted.getLong(1));
    assertThat(number(row, "sampled_prompts")).isBetween(850L, 1150L);
    long error = number(row, "prompt_tokens_error");
    assertThat(error).isPositive().isLessThan(counted.getLong(0) / 50);
    assertThat(Math.abs(number(row, "prompt_tokens") - counted.getLong(0)))
        .isLessThanOrEqualTo(error);
  }

  // ---- answers ----

  @Test
  void conditionsOnAnswersAreTakenToBeTrue() {
    Row row =
        estimate("SELECT ai_gen(x) FROM t WHERE ai_filter('is it wet?', x) AND k < 20").get(1);

    assertThat(number(row, "distinct_prompts")).isEqualTo(20);
    assertThat(value(row, "note")).isEqualTo("at most: conditions on answers are taken to be true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ai_gen(x, modelParameters => map('max_tokens', '50'))",
        "ai_classify(x, array('repair', 'refund'))",
        "ai_extract(x, array('device', 'problem')).device",
        "CAST(ai_filter('is it wet?', x) AS STRING)",
        "CAST(ai_query('m', x, returnType => 'STRUCT<a: ARRAY<DATE>>').a[0] AS STRING)",
        "CAST(ai_score(x, 'y') AS STRING)",
      })
  void promptsHoldAnswersAsLongAsTheyMayBe(String answer) {
    String model = "model => '%s'".formatted(MODEL);
    String inner = answer.replace("ai_query('m'", "ai_query('%s'".formatted(MODEL));
    List<Row> rows =
        estimate(
            "SELECT ai_gen(concat('Translate: ', %s), %s) FROM t WHERE k < 9"
                .formatted(inner, model));

    assertThat(rows).hasSize(2);
    Row outer = rows.get(1);
    assertThat(number(outer, "rows")).isEqualTo(27);
    assertThat(number(outer, "prompt_tokens")).isPositive();
    assertThat((String) value(outer, "note")).contains("answers inside prompts");
    if (answer.contains("50")) {
      assertThat(number(outer, "prompts")).isEqualTo(1);
      assertThat(number(outer, "prompt_tokens")).isBetween(50L, 60L);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ai_agg(x, 'i') FROM t GROUP BY ai_classify(x, array('a', 'b'))",
        "SELECT ai_gen(r.x) FROM t l JOIN t r ON ai_gen(l.x) = r.x",
        "SELECT transform(array(x), e -> ai_gen(e)) FROM t",
      })
  void whatDependsOnAnswersIsUnknown(String query) {
    List<Row> rows = estimate(query);

    Row last = rows.get(rows.size() - 1);
    assertThat(value(last, "rows")).isNull();
    assertThat(value(last, "seconds")).isNull();
    assertThat((String) value(last, "note")).isNotBlank();
  }

  @Test
  void aLimitThatCannotPassIsNoted() {
    List<Row> rows = estimate("SELECT id FROM t WHERE ai_filter('wet?', x) LIMIT 5");

    assertThat(number(rows.get(0), "rows")).isEqualTo(300);
    assertThat((String) value(rows.get(0), "note")).contains("at most: a LIMIT may be reached");
  }
}

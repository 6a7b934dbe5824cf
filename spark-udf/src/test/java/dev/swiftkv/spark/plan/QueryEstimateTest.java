package dev.swiftkv.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.tokenizer.TokenCounters;
import dev.swiftkv.spark.FakeEngine;
import dev.swiftkv.spark.FakeEngines;
import dev.swiftkv.spark.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ai_estimate}: what it says of a query against what the query then asks of a fake engine,
 * counted by the tokenizer of the demonstration model.
 */
@Timeout(300)
class QueryEstimateTest {
  private static final Path MODEL =
      Path.of("..", BuiltInModels.defaultDirectory()).toAbsolutePath().normalize();

  /** 300 rows of 100 texts. */
  private static final String TABLE =
      "SELECT id, id % 100 AS k, concat('order ', id % 100, repeat(' leaks water', id % 100 % 7)) AS x,"
          + " id % 10 = 0 AS flag FROM range(0, 300, 1, 3)";

  /** The same model where no query of a test asks it, so that no answer of it was measured. */
  private static String unmeasured;

  private static SparkSession session;

  @BeforeAll
  static void open(@TempDir Path folder) throws IOException {
    unmeasured = Files.createSymbolicLink(folder.resolve("unmeasured"), MODEL).toString();
    session = Sessions.open();
    session.conf().set("spark.swiftkv.model", MODEL.toString());
    session.sql("CREATE OR REPLACE TEMPORARY VIEW t AS " + TABLE);
    session.sql("CREATE OR REPLACE TEMPORARY VIEW answers AS SELECT k, ai_gen(x) AS a FROM t");
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  @BeforeEach
  void forget() {
    FakeEngines.reset();
  }

  private static List<Row> estimate(String query) {
    List<Row> rows =
        session
            .sql("SELECT * FROM ai_estimate('%s')".formatted(query.replace("'", "\\'")))
            .collectAsList();
    assertThat(FakeEngines.all()).as("engines asked by the estimate").isEmpty();
    return rows;
  }

  private static Object value(Row row, String column) {
    return row.get(row.fieldIndex(column));
  }

  private static long number(Row row, String column) {
    return ((Number) value(row, column)).longValue();
  }

  private static long sum(List<Row> rows, String column) {
    return rows.stream().mapToLong(row -> number(row, column)).sum();
  }

  /** Runs a query. */
  private static Collection<String> asked(String query) {
    session.sql(query).collectAsList();
    FakeEngine engine = FakeEngines.byModel(MODEL.toString());
    return engine == null ? List.of() : engine.asked;
  }

  private static long tokens(Collection<String> prompts) {
    return prompts.stream().mapToLong(prompt -> TokenCounters.shared().count(MODEL, prompt)).sum();
  }

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

  // ---- other calls ----

  @Test
  void scoresHaveTheTokensOfTheirContinuations() {
    Row row = estimate("SELECT ai_score(x, ' wet lock') FROM t").get(0);

    assertThat(number(row, "prompt_tokens")).isEqualTo(tokens(texts()));
    int each = TokenCounters.shared().count(MODEL, " wet lock") - 1;
    assertThat(number(row, "completion_tokens")).isEqualTo(100L * each);
    assertThat(number(row, "max_completion_tokens")).isEqualTo(100L * each);
  }

  private static List<String> texts() {
    return session.sql("SELECT DISTINCT x FROM t").collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
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

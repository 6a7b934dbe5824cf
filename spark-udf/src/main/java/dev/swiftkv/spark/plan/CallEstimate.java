package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.batch.CallSetup;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.EstimateTable.Asked;
import dev.swiftkv.spark.functions.TokenEstimate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToLongFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * What one call would ask of its texts. All texts are counted by their hashes, where they are;
 * those with the smallest hashes are tokenized, so that equal texts are in the sample once or not
 * at all and the sample is the same each time. Only their numbers come to the driver.
 */
final class CallEstimate {
  /** Texts that are tokenized, about: of fewer, all. */
  static final int SAMPLED_TEXTS = 1000;

  /** Bytes of them, about, as long as there are {@value #FEWEST_TEXTS}. */
  private static final long SAMPLED_BYTES = 32 << 20;

  private static final int FEWEST_TEXTS = 30;

  private static final double HASHES = 0x1p64;

  private final CallSpec spec;
  private final Column asked;
  private final OptionalDouble measuredCompletion;
  private Totals totals;
  private List<Row> sample;

  /**
   * An estimate.
   *
   * @param spec without weights: {@link AssumedAnswers#withoutWeights}
   * @param askers how many executors ask about equal texts each once; 0 if every row is asked
   * @param measuredCompletion mean tokens of this model's completions
   */
  CallEstimate(CallSpec spec, int askers, OptionalDouble measuredCompletion) {
    this.spec = spec;
    this.measuredCompletion = measuredCompletion;
    asked = askers == 0 ? col("n") : least(col("n"), lit((long) askers));
  }

  /** Of all texts: rows, different ones, how many are asked about, and their bytes. */
  private record Totals(long rows, long distinct, long asked, long askedBytes) {}

  /** A row of the sample, by place. */
  private static final int ASKED = 0;

  private static final int BYTES = 1;
  private static final int COST = 2;

  /**
   * Runs it.
   *
   * @param texts one column {@code text}, without nulls
   */
  Asked run(SparkSession session, Dataset<Row> texts) {
    Dataset<Row> hashed =
        texts.select(
            col("text"), xxhash64(col("text")).as("h"), octet_length(col("text")).as("bytes"));
    Row sums =
        hashed
            .groupBy("h")
            .agg(count(lit(1)).as("n"), first("bytes").as("bytes"))
            .agg(sum("n"), count(lit(1)), sum(asked), sum(asked.multiply(col("bytes"))))
            .first();
    if (sums.getLong(1) == 0) {
      return Asked.NOTHING;
    }
    totals = new Totals(sums.getLong(0), sums.getLong(1), sums.getLong(2), sums.getLong(3));
    sample = costs(session, sampled(hashed)).collectAsList();
    return asked();
  }

  private Dataset<Row> sampled(Dataset<Row> hashed) {
    long mean = Math.max(1, totals.askedBytes() / totals.asked());
    long wanted = Math.max(FEWEST_TEXTS, Math.min(SAMPLED_TEXTS, SAMPLED_BYTES / mean));
    Dataset<Row> drawn = hashed;
    if (wanted < totals.distinct()) {
      double share = (double) wanted / totals.distinct();
      drawn = hashed.where(col("h").leq(lit((long) (Long.MIN_VALUE + share * HASHES))));
    }
    return drawn
        .groupBy("h")
        .agg(count(lit(1)).as("n"), first("bytes").as("bytes"), first("text").as("text"))
        .select(asked.as("asked"), col("bytes"), col("text"));
  }

  private Dataset<Row> costs(SparkSession session, Dataset<Row> drawn) {
    LogicalPlan rows = drawn.queryExecution().analyzed();
    List<Attribute> columns = Trees.output(rows);
    Expression cost = new PromptCost(spec, Scala.seq(List.of((Expression) columns.get(2))));
    LogicalPlan costs =
        Trees.project(
            List.of(
                (NamedExpression) columns.get(ASKED),
                (NamedExpression) columns.get(BYTES),
                Trees.alias(cost, "cost")),
            rows);
    return Planning.table(session, costs);
  }

  private Asked asked() {
    TokenEstimate promptTokens = byBytes(row -> row.getStruct(COST).getLong(1));
    double most = byBytes(row -> row.getStruct(COST).getLong(2)).total();
    long prompts = totals.asked();
    if (spec.groupOrNull() == null) {
      most = byTexts(row -> row.getStruct(COST).getLong(2)).total();
    } else {
      prompts = Math.round(byBytes(row -> row.getStruct(COST).getLong(0)).total());
    }
    boolean free =
        !CallSetup.of(spec).scores()
            && !(GenerationOptionList.parse(spec.parameters()).constraint()
                instanceof Constraint.Choices);
    double expected =
        free && measuredCompletion.isPresent()
            ? Math.min(most, prompts * measuredCompletion.getAsDouble())
            : most;
    return new Asked(totals.rows(), totals.distinct(), prompts, promptTokens, expected, most);
  }

  /** A quantity that grows with the bytes of a text. */
  private TokenEstimate byBytes(ToLongFunction<Row> ofText) {
    return estimate(totals.askedBytes(), row -> row.getInt(BYTES), ofText);
  }

  /** A quantity that most texts have alike. */
  private TokenEstimate byTexts(ToLongFunction<Row> ofText) {
    return estimate(totals.asked(), row -> 1, ofText);
  }

  private TokenEstimate estimate(long all, ToLongFunction<Row> size, ToLongFunction<Row> quantity) {
    long[] sizes = weighted(size);
    return TokenEstimate.of(totals.distinct(), all, sizes, weighted(quantity))
        .orElseThrow(() -> new IllegalStateException("None of %s was drawn".formatted(totals)));
  }

  private long[] weighted(ToLongFunction<Row> quantity) {
    return sample.stream()
        .mapToLong(row -> row.getLong(ASKED) * quantity.applyAsLong(row))
        .toArray();
  }

  /** Whether an answer of the sample takes more than one prompt. */
  boolean hasParts() {
    return sample != null && sample.stream().anyMatch(row -> row.getStruct(COST).getLong(0) > 1);
  }

  /** Such as {@code about 12 prompts would fail: INVALID_PROMPT: …}. */
  Optional<String> failures() {
    if (sample == null) {
      return Optional.empty();
    }
    Optional<String> example =
        sample.stream()
            .map(row -> row.getStruct(COST))
            .filter(cost -> !cost.isNullAt(3))
            .map(cost -> cost.getString(3))
            .findFirst();
    double failing = byTexts(row -> row.getStruct(COST).isNullAt(3) ? 0 : 1).total();
    return example.map(
        error ->
            String.format(
                Locale.ROOT,
                "%s%d of the rows asked would fail, such as with %s",
                sample.size() < totals.distinct() ? "about " : "",
                Math.round(failing),
                error));
  }
}

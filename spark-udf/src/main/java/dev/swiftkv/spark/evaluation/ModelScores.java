package dev.swiftkv.spark.evaluation;

import dev.swiftkv.spark.evaluation.Divergence.Measured;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The scores of a model.
 *
 * @param exact answers that equal the truth
 * @param rougeL mean over the rows
 * @param fields values that equal the truth's, by field
 * @param groups answers that equal the truth, by group
 * @param agreement answers that equal the first model's
 * @param divergence mean Kullback-Leibler divergence from the first model's distribution at the
 *     tokens of its answers, in nats; empty if it was not measured
 * @param kvBytesPerRow mean device bytes of keys and values that a row holds when it ends; empty if
 *     it was not measured
 */
public record ModelScores(
    ModelAnswers answers,
    Share exact,
    double rougeL,
    Map<String, Share> fields,
    Map<String, Share> groups,
    Share agreement,
    OptionalDouble divergence,
    OptionalLong kvBytesPerRow) {
  /**
   * Scores answers.
   *
   * @param first answers of the model that is agreed with
   */
  static ModelScores of(
      List<EvaluatedRow> rows,
      ModelAnswers answers,
      ModelAnswers first,
      Fields reader,
      Optional<Measured> measured) {
    Share exact = Share.NONE;
    Share agreement = Share.NONE;
    double rouge = 0;
    Map<String, Share> fields = new LinkedHashMap<>();
    Map<String, Share> groups = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      String answer = answers.texts().get(i);
      String truth = rows.get(i).truth();
      boolean equal = TextScores.exact(answer, truth);
      exact = exact.plus(equal);
      groups.merge(rows.get(i).group(), Share.NONE.plus(equal), (old, one) -> old.plus(equal));
      agreement = agreement.plus(answer != null && answer.equals(first.texts().get(i)));
      rouge += TextScores.rougeL(answer, truth);
      Map<String, String> given = reader.ofAnswer(answer, truth);
      reader
          .ofTruth(truth)
          .forEach(
              (name, value) -> {
                boolean right = value.equals(given.get(name));
                fields.merge(name, Share.NONE.plus(right), (old, one) -> old.plus(right));
              });
    }
    long rowTokens = answers.tokens() / rows.size();
    return new ModelScores(
        answers,
        exact,
        rouge / rows.size(),
        fields,
        groups,
        agreement,
        measured.map(Measured::divergence).orElse(OptionalDouble.empty()),
        measured.stream().mapToLong(all -> all.kvBytesPerToken() * rowTokens).findAny());
  }

  /** Rows without an answer. */
  public long failed() {
    return answers.errors().stream().filter(Objects::nonNull).count();
  }

  double promptTokensPerSecond() {
    return answers.promptTokens() / answers.seconds();
  }

  double completionTokensPerSecond() {
    return answers.completionTokens() / answers.seconds();
  }
}

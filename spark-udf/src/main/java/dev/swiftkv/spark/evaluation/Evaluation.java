package dev.swiftkv.spark.evaluation;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.options.EngineOptionList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Scores models on the rows of a labelled table. The first model is what the others are compared
 * with.
 */
public final class Evaluation {
  private final List<EvaluatedRow> rows;
  private final Fields fields;
  private final Map<String, String> engineOptions;
  private final int divergenceRows;

  /**
   * An evaluation.
   *
   * @param rows at least one
   * @param delimiters texts that part the fields of answers that are no JSON
   * @param engineOptions by name, for what is computed beside Spark
   * @param divergenceRows rows whose distributions are compared; 0 for none
   */
  public Evaluation(
      List<EvaluatedRow> rows,
      List<String> delimiters,
      Map<String, String> engineOptions,
      int divergenceRows) {
    this.rows = rows;
    this.fields = new Fields(delimiters);
    this.engineOptions = engineOptions;
    this.divergenceRows = divergenceRows;
  }

  /**
   * Asks and scores every model in turn.
   *
   * @param ask gives a model's answers
   * @throws EngineException the error of the first row, if a model answered no row at all
   */
  public List<ModelScores> run(List<String> models, Function<String, ModelAnswers> ask) {
    List<ModelAnswers> answers = new ArrayList<>();
    for (String model : models) {
      ModelAnswers given = ask.apply(model);
      if (given.errors().stream().allMatch(error -> error != null)) {
        throw new EngineException(
            ErrorCategory.INVALID_OPTION,
            "Model %s answered none of the %d rows; the first says: %s"
                .formatted(model, rows.size(), given.errors().get(0)));
      }
      answers.add(given);
    }
    ModelAnswers first = answers.get(0);
    Optional<Divergence> divergence =
        divergenceRows == 0
            ? Optional.empty()
            : Optional.of(new Divergence(config(first), rows, first, divergenceRows));
    return answers.stream()
        .map(
            given ->
                ModelScores.of(
                    rows,
                    given,
                    first,
                    fields,
                    divergence.map(measure -> measure.of(config(given)))))
        .toList();
  }

  private EngineConfig config(ModelAnswers answers) {
    return EngineOptionList.parse(BuiltInModels.resolve(answers.model()), engineOptions);
  }
}

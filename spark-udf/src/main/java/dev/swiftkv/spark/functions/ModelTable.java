package dev.swiftkv.spark.functions;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.inspect.ModelFigures;
import dev.swiftkv.engine.options.BuiltInModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The rows of {@code ai_models()}: engines of the executors, then built-in models without one. */
public final class ModelTable {
  /** The function. */
  public static final TableFunction FUNCTION =
      new TableFunction(
          "ai_models",
          "Returns a row for each model that an executor has loaded, as its tasks last reported it,"
              + " and for each built-in model of the driver that none has loaded.",
          List.of(),
          List.of(
              "> SELECT name, status, device FROM ai_models();",
              "> SELECT executor, name FROM ai_models() WHERE status = 'loaded';"),
          new StructType()
              .add("name", DataTypes.StringType)
              .add("path", DataTypes.StringType)
              .add("architecture", DataTypes.StringType)
              .add("parameters", DataTypes.LongType)
              .add("context_tokens", DataTypes.IntegerType)
              .add("device", DataTypes.StringType)
              .add("status", DataTypes.StringType)
              .add("executor", DataTypes.StringType));

  private ModelTable() {}

  /**
   * Rows of {@link #FUNCTION}.
   *
   * @param reports about the engines of living executors
   */
  public static List<Row> rows(List<EngineReport> reports) {
    List<Row> rows = new ArrayList<>();
    Set<Path> loaded = new HashSet<>();
    for (EngineReport report : reports) {
      rows.add(row(report));
      loaded.add(Path.of(report.path()));
    }
    for (String name : BuiltInModels.names()) {
      if (!loaded.contains(ModelNames.pathOrNull(name))) {
        rows.add(builtIn(name));
      }
    }
    return rows;
  }

  private static Row row(EngineReport report) {
    ModelSummary model = report.modelOrNull();
    return RowFactory.create(
        ModelNames.of(report.path()),
        report.path(),
        model == null ? null : model.architecture(),
        model == null ? null : model.parameters(),
        model == null ? null : model.contextLength(),
        device(report),
        model == null ? "loading" : "loaded",
        report.executor());
  }

  /** Where an engine runs: as configured while it loads. */
  static String device(EngineReport report) {
    return report.modelOrNull() == null ? report.device() : report.modelOrNull().backend();
  }

  /** Read from configuration and headers; a model that cannot be read says why in its status. */
  private static Row builtIn(String name) {
    try {
      Path path = BuiltInModels.resolve(name).toAbsolutePath().normalize();
      ModelFigures figures = ModelFigures.of(path);
      return RowFactory.create(
          name,
          path.toString(),
          figures.config().architecture(),
          figures.parameters(),
          figures.config().contextLength(),
          null,
          "available",
          null);
    } catch (EngineException e) {
      String problem = e.category() + ": " + e.getMessage();
      return RowFactory.create(name, null, null, null, null, null, problem, null);
    }
  }
}

package dev.swiftkv.spark.functions;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.LoadedEngine;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.inspect.ModelFigures;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.kernels.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The rows of {@code ai_models()}: engines of this JVM, then built-in models that it has not. */
public final class ModelTable {
  /** Columns in the order of a row's values. */
  public static final StructType TYPE =
      new StructType()
          .add("name", DataTypes.StringType)
          .add("path", DataTypes.StringType)
          .add("architecture", DataTypes.StringType)
          .add("parameters", DataTypes.LongType)
          .add("context_tokens", DataTypes.IntegerType)
          .add("device", DataTypes.StringType)
          .add("status", DataTypes.StringType);

  private ModelTable() {}

  /**
   * What this JVM has now.
   *
   * @return rows of {@link #TYPE}; strings, numbers and nulls
   */
  public static List<Object[]> rows() {
    List<Object[]> rows = new ArrayList<>();
    Set<Path> loaded = new HashSet<>();
    for (LoadedEngine engine : EngineRegistry.shared().loaded()) {
      rows.add(row(engine));
      loaded.add(engine.config().model());
    }
    for (String name : BuiltInModels.names()) {
      if (!loaded.contains(pathOrNull(name))) {
        rows.add(builtIn(name));
      }
    }
    return rows;
  }

  private static Object[] row(LoadedEngine engine) {
    Path path = engine.config().model();
    ModelSummary model = engine.modelOrNull();
    return model == null
        ? row(name(path), path, null, null, null, engine.config().device(), "loading")
        : row(
            name(path),
            path,
            model.architecture(),
            model.parameters(),
            model.contextLength(),
            model.backend(),
            "loaded");
  }

  /** Read from configuration and headers; a model that cannot be read says why in its status. */
  private static Object[] builtIn(String name) {
    try {
      Path path = absolute(BuiltInModels.resolve(name));
      ModelFigures figures = ModelFigures.of(path, DType.F32);
      return row(
          name,
          path,
          figures.config().architecture(),
          figures.parameters(),
          figures.config().contextLength(),
          null,
          "available");
    } catch (EngineException e) {
      return row(name, null, null, null, null, null, e.category() + ": " + e.getMessage());
    }
  }

  private static String name(Path path) {
    for (String name : BuiltInModels.names()) {
      if (path.equals(pathOrNull(name))) {
        return name;
      }
    }
    return String.valueOf(path.getFileName());
  }

  private static Path pathOrNull(String name) {
    try {
      return absolute(BuiltInModels.resolve(name));
    } catch (EngineException e) {
      // It is not on this machine, so no engine has it.
      return null;
    }
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static Object[] row(
      String name,
      Path path,
      String architecture,
      Long parameters,
      Integer contextTokens,
      String device,
      String status) {
    return new Object[] {
      name,
      path == null ? null : path.toString(),
      architecture,
      parameters,
      contextTokens,
      device,
      status
    };
  }
}

package dev.swiftkv.spark.cli;

import static org.apache.spark.sql.functions.lit;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.cli.CommandOptions;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.spark.evaluation.EvaluatedRow;
import dev.swiftkv.spark.evaluation.Evaluation;
import dev.swiftkv.spark.evaluation.ModelAnswers;
import dev.swiftkv.spark.evaluation.ModelScores;
import dev.swiftkv.spark.evaluation.Report;
import dev.swiftkv.spark.source.TableColumns;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares models on a labelled table. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Compare models on a table with the right answers.",
      "Every model answers every prompt through Spark. Its answers are compared with the truth"
          + " (exact match, ROUGE-L, each field of JSON answers) and with those of the first model"
          + " (agreement, divergence of the next-token distributions).",
      "The report is DIR/report.md with images, and DIR/report.json.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv evaluate -d examples/data/documents.jsonl --by task -m ./base -m ./converted"
          + " -o report",
      "      a model and its SwiftKV conversion, accuracy for each task",
      "  swiftkv evaluate -d labelled.parquet --truth summary --field-delimiter '; ' -m ./a -m ./b"
          + " -o report",
      "      answers whose parts are compared one by one",
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SparkArguments session;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      required = true,
      description = "The labelled table: jsonl, parquet, csv or another format of Spark.")
  private String data;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|DIR",
      required = true,
      description = "A model to score; may be given repeatedly. Others are compared to the first.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Where the report goes.")
  private Path output;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      description = "Format of the table; by default what its name says.")
  private String format;

  @Option(
      names = "--prompt-column",
      paramLabel = "COLUMN",
      defaultValue = "prompt",
      description = "Column of the prompts (default: ${DEFAULT-VALUE}).")
  private String promptColumn;

  @Option(
      names = "--truth",
      paramLabel = "COLUMN",
      defaultValue = "truth",
      description = "Column of the right answers (default: ${DEFAULT-VALUE}).")
  private String truthColumn;

  @Option(
      names = "--by",
      paramLabel = "COLUMN",
      description = "Column whose values are scored apart, such as the kind of task.")
  private String groupColumn;

  @Option(
      names = "--field-delimiter",
      paramLabel = "TEXT",
      description =
          "Text between the parts of an answer that are scored one by one; may be given"
              + " repeatedly. The fields of JSON objects always are.")
  private List<String> delimiters = new ArrayList<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Only the first rows, to try something.")
  private Integer limit;

  @Option(
      names = "--divergence-rows",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Rows whose next-token distributions are compared, on this machine; 0 for none (default:"
              + " ${DEFAULT-VALUE}).")
  private int divergenceRows;

  @Mixin private ProgressArguments progress;

  private EvaluateCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new EvaluateCommand());
    OptionArguments.addTo(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException {
    checkOptions();
    var parsed = spec.commandLine().getParseResult();
    SortedMap<String, String> generation = OptionArguments.generation(parsed);
    Map<String, String> engine = CommandOptions.given(parsed, EngineOptionList.ALL);
    SparkSession spark =
        session.open("evaluate", OptionArguments.session(parsed, EngineOptionList.ALL));
    try {
      List<EvaluatedRow> rows = rows(spark);
      List<String> resolved = models.stream().map(SessionArguments::absolute).toList();
      List<ModelScores> scores =
          new Evaluation(rows, delimiters, engine, divergenceRows)
              .run(resolved, model -> ask(spark, model, rows, generation, progress.shown()));
      Report report = new Report(data, rows.size(), scores);
      report.write(output);
      Report.writeAnswers(rows, scores, output);
      report.lines().forEach(out()::println);
      out().printf("%nwritten to %s%n", output.resolve("report.md"));
      out().flush();
    } finally {
      spark.stop();
    }
    return 0;
  }

  private static ModelAnswers ask(
      SparkSession spark,
      String model,
      List<EvaluatedRow> rows,
      SortedMap<String, String> generation,
      boolean bar) {
    if (!bar) {
      return ModelAnswers.ask(spark, model, rows, generation);
    }
    try (RunProgress shown = RunProgress.show(spark.sparkContext(), rows.size())) {
      ModelAnswers[] answers = new ModelAnswers[1];
      shown.during(() -> answers[0] = ModelAnswers.ask(spark, model, rows, generation));
      return answers[0];
    }
  }

  private void checkOptions() {
    if (divergenceRows < 0) {
      throw invalid("--divergence-rows must be at least 0, got %d", divergenceRows);
    }
    if (limit != null && limit < 1) {
      throw invalid("--limit must be at least 1, got %d", limit);
    }
    if (new LinkedHashSet<>(models).size() < models.size()) {
      throw invalid("--model names a model twice (%s): name each once", String.join(", ", models));
    }
    if (Files.exists(output) && !Files.isDirectory(output)) {
      throw invalid("--output %s is a file: name a directory", output);
    }
  }

  private List<EvaluatedRow> rows(SparkSession spark) {
    Dataset<Row> table = InputTable.read(spark, data, format, Map.of(), 0);
    Column prompt = column(table, "--prompt-column", promptColumn);
    Column truth = column(table, "--truth", truthColumn);
    Column group = groupColumn == null ? lit("") : column(table, "--by", groupColumn);
    Dataset<Row> wanted =
        table.where(prompt.isNotNull().and(truth.isNotNull())).select(prompt, truth, group);
    List<EvaluatedRow> rows =
        (limit == null ? wanted : wanted.limit(limit))
            .collectAsList().stream()
                .map(
                    row ->
                        new EvaluatedRow(
                            row.getString(0), row.getString(1), String.valueOf(row.getString(2))))
                .toList();
    if (rows.isEmpty()) {
      throw invalid(
          "--data %s has no row with both %s and %s; at least 1 is needed: give a labelled table",
          data, promptColumn, truthColumn);
    }
    return rows;
  }

  private static Column column(Dataset<Row> table, String option, String name) {
    return TableColumns.chosen(table, option, name).cast("string");
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static EngineException invalid(String format, Object... values) {
    return new EngineException(ErrorCategory.INVALID_OPTION, format.formatted(values));
  }
}

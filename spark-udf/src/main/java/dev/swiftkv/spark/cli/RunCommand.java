package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.spark.source.CompletedTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The batch job: a table in, the table with completions out. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Complete the prompts of a table.",
      "Every row of the input comes out again, in its order, with the columns completion,"
          + " finish_reason, prompt_tokens, cached_tokens, completion_tokens and error. A row that"
          + " fails says why in error; the others are not affected.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv run",
      "      the sample table with the built-in model; prints the result",
      "  swiftkv run -i mail.jsonl -p $'Summarize:\\n{body}' -m ./Llama-SwiftKV -o done.parquet",
      "      a template: {column} takes a value of the row, {{ and }} are braces",
      "  swiftkv run -i mail.csv -p body --max-tokens 40 -o done --output-format csv",
      "      prompts that are a column as it is",
    })
final class RunCommand implements Callable<Integer> {
  private static final String SAMPLE = "examples/data/documents.jsonl";

  @Spec private CommandSpec spec;
  @Mixin private SessionArguments session;

  @Option(
      names = {"-i", "--input"},
      paramLabel = "PATH",
      description = "File or directory to read; by default the sample table.")
  private String input;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      description =
          "jsonl, parquet, csv (with a header), text (a prompt a line, column value) or another"
              + " format of Spark; by default what the name of the input says.")
  private String format;

  @Option(
      names = "--input-option",
      paramLabel = "KEY=VALUE",
      description = "An option of the input format, such as sep=;")
  private Map<String, String> inputOptions = new LinkedHashMap<>();

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEMPLATE|COLUMN",
      description =
          "A column, or a text with {column} where the row's value belongs. By default the column"
              + " prompt, or value of a text file. A row where a value is null gets no completion.")
  private String prompt;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PATH",
      description =
          "Directory to write, which appears when all rows are done; without it the first rows are"
              + " printed.")
  private String output;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      description =
          "jsonl, parquet, csv, text (the completions alone) or another format of Spark; by default"
              + " what the name of the output says.")
  private String outputFormat;

  @Option(names = "--overwrite", description = "Replace the output if it exists.")
  private boolean overwrite;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tasks to spread the rows over; by default what Spark makes of the files.")
  private int partitions;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Only the first rows of the input, to try something.")
  private Integer limit;

  @Option(
      names = "--truth",
      paramLabel = "COLUMN",
      description = "Column with the right completions to compare with; by default truth, if any.")
  private String truth;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How many rows are printed when there is no output (default: ${DEFAULT-VALUE}).")
  private int shownRows;

  @Mixin private ProgressArguments progress;

  private RunCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new RunCommand());
    OptionArguments.addTo(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException {
    var parsed = spec.commandLine().getParseResult();
    String source = input == null ? sample() : input;
    SparkSession spark = session.open("run", OptionArguments.session(parsed, EngineOptionList.ALL));
    try {
      Optional<OutputTable> target =
          Optional.ofNullable(output).map(path -> new OutputTable(path, outputFormat, overwrite));
      if (target.isPresent()) {
        target.get().check(spark, source);
      }
      Dataset<Row> read = InputTable.read(spark, source, format, inputOptions, partitions);
      Dataset<Row> table = limit == null ? read : read.limit(limit);
      String template = template(table);
      Dataset<Row> completed =
          CompletedTable.of(table, template, /* model */ "", OptionArguments.generation(parsed));
      RunJob job = new RunJob(table, completed, template, truth(table));
      boolean bar = progress.shown();
      if (target.isPresent()) {
        job.write(target.get(), bar).lines().forEach(out()::println);
        out().printf("%-18s %s%n", "written to", output);
      } else {
        job.print(shownRows, bar, out());
      }
    } finally {
      spark.stop();
    }
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private String template(Dataset<Row> table) {
    if (prompt != null) {
      return prompt;
    }
    List<String> columns = List.of(table.columns());
    for (String usual : List.of("prompt", "value")) {
      if (columns.contains(usual)) {
        return usual;
      }
    }
    throw new EngineException(
        ErrorCategory.INVALID_OPTION,
        "The input has no column prompt: say --prompt with a column or a template. Columns: "
            + String.join(", ", columns));
  }

  private Optional<String> truth(Dataset<Row> table) {
    boolean there = List.of(table.columns()).contains(truth == null ? "truth" : truth);
    if (truth != null && !there) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "--truth names no column of the input: %s. Columns: %s"
              .formatted(truth, String.join(", ", table.columns())));
    }
    return there ? Optional.of(truth == null ? "truth" : truth) : Optional.empty();
  }

  /** The table that comes with the software. */
  private static String sample() {
    return Stream.of(
            System.getProperty(BuiltInModels.HOME_PROPERTY),
            System.getenv(BuiltInModels.HOME_VARIABLE),
            "")
        .filter(Objects::nonNull)
        .map(home -> Path.of(home).resolve(SAMPLE).toAbsolutePath())
        .filter(Files::isRegularFile)
        .map(Path::toString)
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    ErrorCategory.INVALID_OPTION,
                    "The sample table %s is not here: name a table with --input, or set %s."
                        .formatted(SAMPLE, BuiltInModels.HOME_VARIABLE)));
  }
}

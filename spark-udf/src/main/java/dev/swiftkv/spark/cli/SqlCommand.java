package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.cli.ErrorReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A Spark session with the functions. */
@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Run SQL with the AI functions, such as ai_gen, ai_summarize and ai_classify.",
      "With -e the statements are run and their rows printed. Without it they are read from"
          + " standard input; a semicolon ends each.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv sql -e \"SELECT ai_gen('Once upon a time')\"",
      "  swiftkv sql -e \"SELECT id, completion FROM swiftkv.`threads.jsonl` WHERE id < 5\"",
      "  swiftkv sql -e 'DESCRIBE FUNCTION EXTENDED ai_query'",
    })
final class SqlCommand implements Callable<Integer> {
  /** Columns of EXPLAIN, DESCRIBE FUNCTION and SHOW CREATE TABLE: texts with lines of their own. */
  private static final Set<String> WRITTEN_TEXTS =
      Set.of("plan", "function_desc", "createtab_stmt");

  @Spec private CommandSpec spec;
  @Mixin private SessionArguments session;

  @Option(names = "-e", paramLabel = "SQL", description = "Statements to run, with ; between.")
  private String statements;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100",
      description = "Most rows that are printed of a result (default: ${DEFAULT-VALUE}).")
  private int shownRows;

  private SqlCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new SqlCommand());
    OptionArguments.addTo(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException {
    SparkSession spark =
        session.open("sql", OptionArguments.session(spec.commandLine().getParseResult()));
    try {
      if (statements == null) {
        return read(spark, System.console() != null);
      }
      for (String statement : SqlStatements.split(statements)) {
        run(spark, statement);
      }
      return 0;
    } finally {
      spark.stop();
    }
  }

  /** Statement after statement; a person may go on after an error, a script may not. */
  private int read(SparkSession spark, boolean interactive) throws IOException {
    SqlStatements reader = new SqlStatements();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    prompt(interactive, reader);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!reader.isOpen() && List.of("exit", "quit").contains(line.strip().replace(";", ""))) {
        return 0;
      }
      if (!runAll(spark, reader.add(line), interactive)) {
        return ErrorReport.FAILED;
      }
      prompt(interactive, reader);
    }
    return runAll(spark, reader.end(), interactive) ? 0 : ErrorReport.FAILED;
  }

  private boolean runAll(SparkSession spark, List<String> complete, boolean interactive) {
    for (String statement : complete) {
      try {
        run(spark, statement);
      } catch (Exception e) {
        SparkErrors.REPORT.onFailure(
            e, spec.commandLine(), spec.root().commandLine().getParseResult());
        if (!interactive) {
          return false;
        }
      }
    }
    return true;
  }

  private void run(SparkSession spark, String statement) {
    PrintWriter out = spec.commandLine().getOut();
    long started = System.nanoTime();
    Dataset<Row> result = spark.sql(statement);
    List<String> header = List.of(result.columns());
    if (header.isEmpty()) {
      return;
    }
    if (header.size() == 1 && WRITTEN_TEXTS.contains(header.get(0))) {
      result.collectAsList().forEach(row -> out.println(String.valueOf(row.get(0)).strip()));
      return;
    }
    List<Row> rows = result.limit(shownRows + 1).collectAsList();
    boolean more = rows.size() > shownRows;
    List<Row> shown = more ? rows.subList(0, shownRows) : rows;
    TableText.of(header, shown).lines(TableText.terminalWidth()).forEach(out::println);
    out.println(
        String.format(
            Locale.ROOT,
            "(%s%d %s, %.1f s)",
            more ? "first " : "",
            shown.size(),
            shown.size() == 1 ? "row" : "rows",
            (System.nanoTime() - started) / 1e9));
  }

  private void prompt(boolean interactive, SqlStatements reader) {
    if (interactive) {
      PrintWriter err = spec.commandLine().getErr();
      err.print(reader.isOpen() ? "      -> " : "swiftkv> ");
      err.flush();
    }
  }
}

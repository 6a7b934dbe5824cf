package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.spark.SparkOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prices queries by {@code ai_estimate}. */
@Command(
    name = "estimate",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Say what a query would ask of the model, before it runs: prompts, tokens and time.",
      "The rows of the query's tables are counted, and a sample of the prompts is tokenized; no"
          + " model is loaded or asked. Statements that only prepare the session (SET, USE, CREATE"
          + " VIEW) are run, every other one is estimated. Without -e they are read from standard"
          + " input.",
      "The time needs a speed: give one with --tokens-per-second, such as swiftkv bench measures.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv estimate -e \"",
      "    CREATE TEMPORARY VIEW documents USING json"
          + " OPTIONS (path 'examples/data/documents.jsonl');",
      "    SELECT channel, ai_summarize(prompt) FROM documents WHERE task = 'summary'\"",
      "  swiftkv estimate --model ./llama --tokens-per-second 20000 < report.sql",
      "",
      "In a session: SELECT * FROM ai_estimate('SELECT …'), which knows the speed of models that"
          + " have answered.",
    })
final class EstimateCommand implements Callable<Integer> {
  private static final Pattern PREPARES =
      Pattern.compile(
          "(SET|USE|CREATE\\s+(OR\\s+REPLACE\\s+)?(GLOBAL\\s+)?(TEMP(ORARY)?\\s+)?VIEW)\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  @Spec private CommandSpec spec;
  @Mixin private SessionArguments session;

  @Option(names = "-e", paramLabel = "SQL", description = "Statements, with ; between.")
  private String statements;

  @Option(
      names = "--tokens-per-second",
      paramLabel = "N",
      description = "Tokens of prompts and completions that an executor computes in a second.")
  private Double tokensPerSecond;

  private EstimateCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new EstimateCommand());
    OptionArguments.addTo(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException {
    Map<String, String> options = OptionArguments.session(spec.commandLine().getParseResult());
    if (tokensPerSecond != null) {
      options.put(
          SparkOptions.key(SparkOptions.TOKENS_PER_SECOND), String.valueOf(tokensPerSecond));
    }
    List<String> given = SqlStatements.split(text());
    SparkSession spark = session.open("estimate", options);
    try {
      run(spark, given);
      return 0;
    } finally {
      spark.stop();
    }
  }

  private String text() throws IOException {
    return statements != null
        ? statements
        : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private void run(SparkSession spark, List<String> given) {
    PrintWriter out = spec.commandLine().getOut();
    int estimated = 0;
    for (String statement : given) {
      if (PREPARES.matcher(statement).matches()) {
        spark.sql(statement);
        continue;
      }
      if (estimated++ > 0) {
        out.println();
      }
      List<Row> rows =
          spark.sql("SELECT * FROM ai_estimate(" + quoted(statement) + ")").collectAsList();
      EstimateText.lines(rows).forEach(out::println);
    }
    if (estimated == 0) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "There is no query to estimate; give one with -e, such as -e \"SELECT ai_gen('Hello')\"");
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}

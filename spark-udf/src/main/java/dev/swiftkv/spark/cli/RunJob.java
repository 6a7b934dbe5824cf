package dev.swiftkv.spark.cli;

import dev.swiftkv.spark.source.TableColumns;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.storage.StorageLevel;

/**
 * Completes a table once and counts its rows as they go by.
 *
 * @param table what was read
 * @param completed the same with its completions, not computed yet
 * @param prompt the column or template of the prompt
 * @param truth the column with the right completions
 */
record RunJob(Dataset<Row> table, Dataset<Row> completed, String prompt, Optional<String> truth) {
  /** What computes the observed rows. */
  private interface Action {
    void run(Dataset<Row> observed);
  }

  /** Writes every row. */
  RunSummary write(OutputTable target, boolean showProgress) {
    return run(completed, showProgress, target::write);
  }

  /** Completes every row, prints the first ones and the summary. */
  void print(int rows, boolean showProgress, PrintWriter out) {
    Dataset<Row> kept = completed.persist(StorageLevel.MEMORY_AND_DISK());
    RunSummary summary =
        run(
            kept,
            showProgress,
            observed -> observed.write().format("noop").mode("overwrite").save());
    firstRows(kept, rows).lines(TableText.terminalWidth()).forEach(out::println);
    out.println();
    summary.lines().forEach(out::println);
  }

  private RunSummary run(Dataset<Row> rows, boolean showProgress, Action action) {
    List<Column> counters = RunSummary.counters(truth);
    Observation observation = new Observation("swiftkv run");
    Dataset<Row> observed =
        rows.observe(
            observation,
            counters.get(0),
            counters.subList(1, counters.size()).toArray(Column[]::new));
    long count = showProgress ? table.count() : 0;
    long started = System.nanoTime();
    if (showProgress) {
      try (RunProgress bar = RunProgress.show(table.sparkSession().sparkContext(), count)) {
        bar.during(() -> action.run(observed));
      }
    } else {
      action.run(observed);
    }
    return new RunSummary(counts(observation), Duration.ofNanos(System.nanoTime() - started));
  }

  private static Map<String, Object> counts(Observation observation) {
    try {
      return observation.getAsJava();
    } catch (Exception e) {
      // Scala does not declare that waiting may be interrupted.
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new IllegalStateException("The counters of the job did not arrive", e);
    }
  }

  /** Without the columns that made the prompt; errors only where there are some. */
  private TableText firstRows(Dataset<Row> kept, int rows) {
    List<String> columns = new ArrayList<>();
    for (String column : table.columns()) {
      if (!isPartOfPrompt(column) && !Optional.of(column).equals(truth)) {
        columns.add(column);
      }
    }
    columns.add("completion");
    truth.ifPresent(columns::add);
    int shown = columns.size();
    columns.add("error");
    List<Row> head = select(kept, columns, rows);
    if (head.stream().anyMatch(row -> !row.isNullAt(shown))) {
      return TableText.of(columns, head);
    }
    columns.remove(shown);
    List<Row> cut = new ArrayList<>();
    for (Row row : head) {
      Object[] values = new Object[shown];
      Arrays.setAll(values, row::get);
      cut.add(RowFactory.create(values));
    }
    return TableText.of(columns, cut);
  }

  private static List<Row> select(Dataset<Row> rows, List<String> columns, int count) {
    return rows.select(columns.stream().map(TableColumns::named).toArray(Column[]::new))
        .limit(count)
        .collectAsList();
  }

  private boolean isPartOfPrompt(String column) {
    return prompt.equals(column) || prompt.contains("{" + column + "}");
  }
}

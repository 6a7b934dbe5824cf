package dev.swiftkv.spark.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Scores of models as {@code report.md} with images, and as {@code report.json}.
 *
 * @param data what was read
 * @param rows of the table
 * @param models their scores, the first one first
 */
public record Report(String data, int rows, List<ModelScores> models) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes every file into a directory, which is made if it is not there. */
  public void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("accuracy.svg"), accuracy().svg());
    Files.writeString(directory.resolve("speed.svg"), speed().svg());
    Files.writeString(directory.resolve("report.md"), markdown());
    Files.writeString(
        directory.resolve("report.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json()) + "\n");
  }

  /** What every model answered to every row, beside the truth: a line of JSON a row. */
  public static void writeAnswers(List<EvaluatedRow> rows, List<ModelScores> models, Path directory)
      throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      EvaluatedRow row = rows.get(i);
      ObjectNode line = JSON.createObjectNode().put("row", i + 1).put("group", row.group());
      line.put("truth", row.truth());
      ObjectNode answers = line.putObject("answers");
      for (ModelScores model : models) {
        ModelAnswers given = model.answers();
        answers.put(given.model(), given.texts().get(i));
      }
      lines.add(JSON.writeValueAsString(line));
    }
    Files.write(directory.resolve("answers.jsonl"), lines);
  }

  /** The whole report. */
  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("# Evaluation\n\n%,d rows of `%s`.\n\n".formatted(rows, data));
    lines().forEach(line -> text.append(line).append('\n'));
    text.append(
        """

        Agreement is the share of answers that equal the first model's. Divergence is the mean
        Kullback-Leibler divergence from the first model at the tokens of its answers, in nats. KV
        bytes are what a row holds when it ends, on average. Speed includes Spark, not the loading
        of the model.

        ![accuracy](accuracy.svg)

        ![speed](speed.svg)
        """);
    shares(text, "Fields", ModelScores::fields);
    shares(text, "Groups", ModelScores::groups);
    return text.toString();
  }

  /** The main table in Markdown, which a terminal shows well enough. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    row(lines, "", model -> model.answers().model());
    lines.add("|---|" + "---:|".repeat(models.size()));
    row(lines, "exact match", model -> number(model.exact().value()));
    row(lines, "ROUGE-L", model -> number(model.rougeL()));
    row(lines, "agreement", model -> number(model.agreement().value()));
    row(
        lines,
        "divergence",
        model -> model.divergence().isPresent() ? format(model) : "not measured");
    row(lines, "failed rows", model -> "%,d".formatted(model.failed()));
    row(lines, "rows/s", model -> "%.2f".formatted(rows / model.answers().seconds()));
    row(lines, "prompt tokens/s", model -> "%,.0f".formatted(model.promptTokensPerSecond()));
    row(
        lines,
        "completion tokens/s",
        model -> "%,.0f".formatted(model.completionTokensPerSecond()));
    row(
        lines,
        "KV bytes a row",
        model ->
            model.kvBytesPerRow().isPresent()
                ? "%,d".formatted(model.kvBytesPerRow().getAsLong())
                : "not measured");
    return lines;
  }

  private static String format(ModelScores model) {
    return "%.5f".formatted(model.divergence().getAsDouble());
  }

  private void shares(
      StringBuilder text, String title, Function<ModelScores, Map<String, Share>> of) {
    Set<String> names = names(of);
    if (names.isEmpty() || names.equals(Set.of(""))) {
      return;
    }
    List<String> lines = new ArrayList<>();
    row(lines, "", model -> model.answers().model());
    lines.add("|---|" + "---:|".repeat(models.size()));
    for (String name : names) {
      row(lines, name, model -> share(of.apply(model).get(name)));
    }
    text.append("\n## ").append(title).append("\n\n");
    lines.forEach(line -> text.append(line).append('\n'));
  }

  private static String share(Share share) {
    return share == null ? "" : "%.3f of %,d".formatted(share.value(), share.of());
  }

  private Set<String> names(Function<ModelScores, Map<String, Share>> of) {
    Set<String> names = new LinkedHashSet<>();
    models.forEach(model -> names.addAll(of.apply(model).keySet()));
    return names;
  }

  private void row(List<String> lines, String name, Function<ModelScores, String> cell) {
    StringBuilder line = new StringBuilder("| ").append(name).append(" |");
    models.forEach(
        model -> line.append(' ').append(cell.apply(model).replace("|", "\\|")).append(" |"));
    lines.add(line.toString());
  }

  private static String number(double share) {
    return String.format(Locale.ROOT, "%.3f", share);
  }

  private BarChart accuracy() {
    List<String> groups = new ArrayList<>(List.of("exact match", "ROUGE-L", "agreement"));
    List<ToDoubleFunction<ModelScores>> values =
        new ArrayList<>(
            List.of(
                model -> model.exact().value(),
                ModelScores::rougeL,
                model -> model.agreement().value()));
    for (String field : names(ModelScores::fields)) {
      groups.add(field);
      values.add(model -> model.fields().getOrDefault(field, Share.NONE).value());
    }
    return chart("Accuracy", groups, values, 1, "%.2f");
  }

  private BarChart speed() {
    ToDoubleFunction<ModelScores> speed = ModelScores::promptTokensPerSecond;
    double top = models.stream().mapToDouble(speed).max().orElse(1);
    return chart("Prompt tokens a second", List.of("through Spark"), List.of(speed), top, "%,.0f");
  }

  private BarChart chart(
      String title,
      List<String> groups,
      List<ToDoubleFunction<ModelScores>> values,
      double top,
      String format) {
    double[][] bars = new double[groups.size()][models.size()];
    for (int group = 0; group < groups.size(); group++) {
      for (int model = 0; model < models.size(); model++) {
        bars[group][model] = values.get(group).applyAsDouble(models.get(model));
      }
    }
    List<String> series = models.stream().map(model -> model.answers().model()).toList();
    return new BarChart(
        title,
        groups,
        series,
        bars,
        Math.max(top, 1e-9),
        value -> String.format(Locale.ROOT, format, value));
  }

  private ObjectNode json() {
    ObjectNode report = JSON.createObjectNode().put("data", data).put("rows", rows);
    for (ModelScores model : models) {
      ObjectNode node = report.withArray("models").addObject();
      node.put("model", model.answers().model());
      node.put("exact_match", model.exact().value());
      node.put("rouge_l", model.rougeL());
      node.put("agreement", model.agreement().value());
      model.divergence().ifPresent(value -> node.put("divergence", value));
      node.put("failed_rows", model.failed());
      node.put("seconds", model.answers().seconds());
      node.put("prompt_tokens", model.answers().promptTokens());
      node.put("completion_tokens", model.answers().completionTokens());
      model.kvBytesPerRow().ifPresent(value -> node.put("kv_bytes_per_row", value));
      put(node.putObject("fields"), model.fields());
      put(node.putObject("groups"), model.groups());
    }
    return report;
  }

  private static void put(ObjectNode node, Map<String, Share> shares) {
    shares.forEach(
        (name, share) ->
            node.putObject(name)
                .put("share", share.value())
                .put("right", share.count())
                .put("rows", share.of()));
  }
}

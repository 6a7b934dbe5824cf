package dev.swiftkv.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of one benchmark: a table for people and every single measurement for programs.
 *
 * @param title what was measured
 * @param origin from {@link Origin#describe}
 * @param header names of the columns
 * @param rows cells of the table
 * @param notes sentences below the table
 * @param measurements everything that was measured, in order
 */
public record Report(
    String title,
    Map<String, String> origin,
    List<String> header,
    List<List<String>> rows,
    List<String> notes,
    List<Map<String, Object>> measurements) {

  /** Writes {@code name.md} and {@code name.json} into a directory. */
  public void write(Path directory, String name) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(name + ".md"), markdown());
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("title", title);
    all.put("origin", origin);
    all.put("measurements", measurements);
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    Files.writeString(directory.resolve(name + ".json"), mapper.writeValueAsString(all) + "\n");
  }

  /** Returns the table with its origin as Markdown. */
  public String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add("# " + title + "\n");
    lines.add(row(header));
    lines.add(row(header.stream().map(column -> "---").toList()));
    rows.forEach(cells -> lines.add(row(cells)));
    lines.add("");
    notes.forEach(note -> lines.add(note + "\n"));
    lines.add("| | |\n| --- | --- |");
    origin.forEach((name, value) -> lines.add(row(List.of(name, value))));
    return String.join("\n", lines) + "\n";
  }

  private static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |";
  }
}

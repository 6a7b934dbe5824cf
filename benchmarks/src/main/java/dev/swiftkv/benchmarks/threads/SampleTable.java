package dev.swiftkv.benchmarks.threads;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the table of {@code examples/data/support-threads.jsonl}: one support thread a row, with a
 * task for the demonstration model and the right answer.
 *
 * <p>Columns: {@code id} (from 1), {@code channel} (ticket, chat, mail or phone), {@code task}
 * (summary for three rows of five, json and resolution for one each), {@code prompt} (the thread,
 * the instruction and {@code Answer:}) and {@code truth} (the right answer).
 */
public final class SampleTable {
  private static final List<String> TASKS =
      List.of("summary", "summary", "json", "summary", "resolution");

  // 200 to 1,000 tokens of the demonstration model.
  private static final int SHORTEST_CHARACTERS = 700;
  private static final int LONGEST_CHARACTERS = 2_950;

  private SampleTable() {}

  /**
   * Writes a table.
   *
   * @param arguments the file, the number of rows and the seed
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      throw new IllegalArgumentException("usage: SampleTable FILE ROWS SEED");
    }
    List<String> lines = lines(Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
    Files.writeString(Path.of(arguments[0]), String.join("\n", lines) + "\n");
  }

  /** Returns the rows as JSON objects; the same arguments always give the same rows. */
  public static List<String> lines(int rows, long seed) {
    Phrases phrases = Phrases.read();
    Chance chance = new Chance(seed, phrases);
    ThreadWriter writer = new ThreadWriter(phrases, chance);
    ObjectMapper mapper = new ObjectMapper();
    List<String> lines = new ArrayList<>();
    for (int id = 1; id <= rows; id++) {
      SupportThread thread = writer.write(chance.between(SHORTEST_CHARACTERS, LONGEST_CHARACTERS));
      String task = TASKS.get((id - 1) % TASKS.size());
      String instruction = chance.oneOf(phrases.instructions().get(task));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("id", id);
      row.put("channel", thread.channel());
      row.put("task", task);
      row.put("prompt", thread.prompt(instruction));
      row.put("truth", thread.answer(task));
      try {
        lines.add(mapper.writeValueAsString(row));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("row " + id + " is not writable as JSON", e);
      }
    }
    return lines;
  }
}

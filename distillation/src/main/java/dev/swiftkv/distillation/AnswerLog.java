package dev.swiftkv.distillation;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Answers of the base, written down as they are given, so that a run that is killed asks for none
 * twice. A line is a prompt's number, the answer's tokens and an end mark, which a line that was
 * being written when the process died lacks.
 */
final class AnswerLog implements AutoCloseable {
  private static final String END = ".";

  private final Path file;
  private final Map<Integer, int[]> known;
  private final Writer writer;

  private AnswerLog(Path file, Map<Integer, int[]> known, Writer writer) {
    this.file = file;
    this.known = known;
    this.writer = writer;
  }

  /**
   * Opens a log.
   *
   * @param fingerprint of prompts, model and options; answers to others are forgotten
   * @param resume whether to go on with what is there
   * @throws EngineException INVALID_OPTION if the file cannot be written
   */
  static AnswerLog open(Path file, String fingerprint, boolean resume) {
    try {
      Files.createDirectories(file.getParent());
      Map<Integer, int[]> known = resume ? read(file, fingerprint) : Map.of();
      Writer writer = Files.newBufferedWriter(file);
      writer.write(fingerprint + "\n");
      AnswerLog log = new AnswerLog(file, known, writer);
      known.forEach(log::add);
      return log;
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /** Answers of an earlier run by the number of their prompt. */
  Map<Integer, int[]> known() {
    return known;
  }

  void add(int prompt, int[] tokenIds) {
    try {
      writer.write(
          Arrays.stream(tokenIds)
              .mapToObj(Integer::toString)
              .collect(Collectors.joining(" ", prompt + " ", " " + END + "\n")));
      writer.flush();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static Map<Integer, int[]> read(Path file, String fingerprint) throws IOException {
    Map<Integer, int[]> answers = new TreeMap<>();
    if (!Files.exists(file)) {
      return answers;
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.get(0).equals(fingerprint)) {
      return answers;
    }
    for (String line : lines.subList(1, lines.size())) {
      List<String> parts = Stream.of(line.split(" ")).filter(part -> !part.isEmpty()).toList();
      int last = parts.size() - 1;
      if (last >= 1 && parts.get(last).equals(END)) {
        int[] ids = parts.subList(1, last).stream().mapToInt(Integer::parseInt).toArray();
        answers.put(Integer.parseInt(parts.get(0)), ids);
      }
    }
    return answers;
  }

  private static EngineException unwritable(Path file, IOException cause) {
    return new EngineException(
        ErrorCategory.INVALID_OPTION,
        "The model's answers cannot be written to %s (%s). Make room or choose another --output, then --resume"
            .formatted(file, cause),
        cause);
  }
}

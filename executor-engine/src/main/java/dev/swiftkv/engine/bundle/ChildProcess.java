package dev.swiftkv.engine.bundle;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Tools that are run: those of a JDK, and tar. */
final class ChildProcess {
  private ChildProcess() {}

  /**
   * Runs a command to its end.
   *
   * @return what it printed
   * @throws EngineException UNSUPPORTED with the end of what it printed if it fails or is not there
   */
  static String run(List<String> command) {
    Path tool = Path.of(command.get(0)).getFileName();
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int exit = process.waitFor();
      if (exit != 0) {
        throw new EngineException(
            ErrorCategory.UNSUPPORTED,
            "%s ended with %d: %s".formatted(tool, exit, lastLine(output)));
      }
      return output;
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED, "%s cannot be run: %s".formatted(tool, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          ErrorCategory.CANCELLED, "Interrupted while %s ran".formatted(tool));
    }
  }

  private static String lastLine(String output) {
    return output.substring(output.lastIndexOf('\n') + 1);
  }
}

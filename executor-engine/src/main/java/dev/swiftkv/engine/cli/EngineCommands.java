package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineFactory;
import dev.swiftkv.engine.runtime.ResidentEngine;
import java.io.InputStream;
import java.util.List;
import picocli.CommandLine;

/** The commands. To add one, add it to {@link #all(EngineFactory, InputStream)}. */
public final class EngineCommands {
  private EngineCommands() {}

  /** Every command, to be added to a root command. */
  public static List<CommandLine> all() {
    return all(ResidentEngine::open, System.in);
  }

  /**
   * Every command.
   *
   * @param engines opens the engine of {@code complete}
   * @param input where {@code complete} reads prompts from
   */
  static List<CommandLine> all(EngineFactory engines, InputStream input) {
    return List.of(
        CompleteCommand.create(engines, input),
        LogitsCommand.create(),
        InspectCommand.create(),
        BenchCommand.create(),
        DoctorCommand.create(),
        MakeModelCommand.create());
  }
}

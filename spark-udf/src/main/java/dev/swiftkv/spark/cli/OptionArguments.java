package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.cli.CommandOptions;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.engine.options.Option;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The options of engine and generation as arguments of a Spark command. */
final class OptionArguments {
  private OptionArguments() {}

  /** Adds every option of both lists to a command. */
  static void addTo(CommandSpec command) {
    CommandOptions.addTo(command, 10, "How completions are made:", GenerationOptionList.ALL);
    addEngineTo(command);
  }

  /** Adds the options of the engine to a command. */
  static void addEngineTo(CommandSpec command) {
    CommandOptions.addTo(command, 11, "Where and how the model runs:", EngineOptionList.ALL);
  }

  /** The generation options that were given, by name. */
  static SortedMap<String, String> generation(ParseResult parsed) {
    return CommandOptions.given(parsed, GenerationOptionList.ALL);
  }

  /** The engine options that were given, as session options. */
  static Map<String, String> session(ParseResult parsed) {
    SortedMap<String, String> given = CommandOptions.given(parsed, EngineOptionList.ALL);
    SortedMap<String, String> session = new TreeMap<>();
    for (Option<?> option : EngineOptionList.ALL) {
      if (given.containsKey(option.name())) {
        session.put("spark.swiftkv." + option.camelName(), given.get(option.name()));
      }
    }
    return session;
  }
}

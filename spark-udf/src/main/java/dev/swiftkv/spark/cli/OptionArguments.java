package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.cli.CommandOptions;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.engine.options.Option;
import dev.swiftkv.spark.SparkOptions;
import java.util.List;
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
    CommandOptions.addTo(command, 11, "Where and how the model runs:", EngineOptionList.ALL);
  }

  /** The generation options that were given, by name. */
  static SortedMap<String, String> generation(ParseResult parsed) {
    return CommandOptions.given(parsed, GenerationOptionList.ALL);
  }

  /** The options of both lists that were given, as session options; more may be added. */
  static Map<String, String> session(ParseResult parsed) {
    Map<String, String> session = session(parsed, EngineOptionList.ALL);
    session.putAll(session(parsed, GenerationOptionList.ALL));
    return session;
  }

  /** The options of a list that were given, as session options; more may be added. */
  static Map<String, String> session(ParseResult parsed, List<Option<?>> options) {
    SortedMap<String, String> given = CommandOptions.given(parsed, options);
    SortedMap<String, String> session = new TreeMap<>();
    for (Option<?> option : options) {
      if (given.containsKey(option.name())) {
        session.put(SparkOptions.key(option), given.get(option.name()));
      }
    }
    return session;
  }
}

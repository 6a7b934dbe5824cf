package dev.swiftkv.spark.cli;

import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.engine.options.Option;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options of engine and generation as arguments: {@code max_tokens} is {@code --max-tokens}.
 */
final class OptionArguments {
  private OptionArguments() {}

  /** Adds every option of both lists to a command. */
  static void addTo(CommandSpec command) {
    add(command, 10, "%nHow completions are made:%n", GenerationOptionList.ALL);
    addEngineTo(command);
  }

  /** Adds the options of the engine to a command. */
  static void addEngineTo(CommandSpec command) {
    add(command, 11, "%nWhere and how the model runs:%n", EngineOptionList.ALL);
  }

  /** The generation options that were given, by name. */
  static SortedMap<String, String> generation(ParseResult parsed) {
    SortedMap<String, String> given = new TreeMap<>();
    for (Option<?> option : GenerationOptionList.ALL) {
      String value = parsed.matchedOptionValue(argument(option), null);
      if (value != null) {
        given.put(option.name(), value);
      }
    }
    return given;
  }

  /** The engine options that were given, as session options. */
  static Map<String, String> session(ParseResult parsed) {
    SortedMap<String, String> given = new TreeMap<>();
    for (Option<?> option : EngineOptionList.ALL) {
      String value = parsed.matchedOptionValue(argument(option), null);
      if (value != null) {
        given.put("spark.swiftkv." + option.camelName(), value);
      }
    }
    return given;
  }

  private static void add(CommandSpec command, int order, String heading, List<Option<?>> options) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading(heading).order(order);
    for (int i = 0; i < options.size(); i++) {
      Option<?> option = options.get(i);
      group.addArg(
          OptionSpec.builder(argument(option))
              .order(i)
              .paramLabel(option.type().toUpperCase(Locale.ROOT).replace(" OR ", "|"))
              .type(String.class)
              .description(describe(option))
              .build());
    }
    command.addArgGroup(group.build());
  }

  private static String describe(Option<?> option) {
    String range = option.range().isEmpty() ? "" : " (" + option.range() + ")";
    return (option.documentation().replace("`", "") + range).replace("%", "%%");
  }

  private static String argument(Option<?> option) {
    return "--" + option.name().replace('_', '-');
  }
}

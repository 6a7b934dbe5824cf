package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.options.Option;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Options as arguments of a command: {@code max_tokens} is {@code --max-tokens}. A flag may be
 * written without a value, an option that takes several strings may be repeated.
 */
public final class CommandOptions {
  private CommandOptions() {}

  /**
   * Adds options to a command.
   *
   * @param order where the group stands in the help
   * @param heading over the group
   */
  public static void addTo(
      CommandSpec command, int order, String heading, List<? extends Option<?>> options) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading("%n" + heading + "%n").order(order);
    int position = 0;
    for (Option<?> option : options) {
      group.addArg(argument(option, position++));
    }
    command.addArgGroup(group.build());
  }

  /** The options that were given, by name, as their lists read them. */
  public static SortedMap<String, String> given(
      ParseResult parsed, List<? extends Option<?>> options) {
    SortedMap<String, String> given = new TreeMap<>();
    for (Option<?> option : options) {
      Object value = parsed.matchedOptionValue(name(option), null);
      if (value != null) {
        given.put(option.name(), value instanceof List<?> list ? json(list) : value.toString());
      }
    }
    return given;
  }

  private static OptionSpec argument(Option<?> option, int position) {
    OptionSpec.Builder builder =
        OptionSpec.builder(name(option)).order(position).description(describe(option));
    if (option.defaultValue() instanceof List<?>) {
      builder.type(List.class).auxiliaryTypes(String.class).arity("1").paramLabel("STRING");
    } else if (option.defaultValue() instanceof Boolean) {
      builder.type(String.class).arity("0..1").fallbackValue("true").paramLabel("true|false");
    } else {
      builder.type(String.class).arity("1").paramLabel(option.type().toUpperCase(Locale.ROOT));
    }
    return builder.build();
  }

  private static String describe(Option<?> option) {
    StringBuilder text = new StringBuilder(option.documentation().replace("`", ""));
    if (option.defaultValue() instanceof List<?>) {
      text.append(" May be repeated.");
    } else {
      String range = option.range().isEmpty() ? "" : option.range() + "; ";
      text.append(" (%sdefault: %s)".formatted(range, option.defaultText()));
    }
    return text.toString().replace("%", "%%");
  }

  private static String name(Option<?> option) {
    return "--" + option.name().replace('_', '-');
  }

  private static String json(List<?> strings) {
    try {
      return new ObjectMapper().writeValueAsString(strings);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

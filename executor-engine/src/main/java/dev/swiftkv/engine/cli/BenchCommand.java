package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.options.EngineOptionList;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the engine alone. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Measure the engine alone: prompt tokens and generated tokens a second, time to the first"
          + " token, where the time goes, and the rate of matrix products that the device reaches at"
          + " this moment.",
      "Prompts are random tokens. They run twice: with one new token, which measures prompts, and"
          + " again with all new tokens, where the prefix cache spares most of the prompts. A trained"
          + " model may end its completions early; only tokens that were generated are counted.",
      "A round of other prompts goes first and is not measured. Without --kv-cache-bytes, the KV"
          + " cache has the room that the prompts need together, so that this round has touched its"
          + " memory.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv bench",
      "  swiftkv bench --model models/1b --prompt-tokens 8192 --output-tokens 32 --requests 4",
      "  swiftkv bench --requests 32 --shared-prefix 512 --json",
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      order = 2,
      defaultValue = "1024",
      description = "Tokens of every prompt (default: ${DEFAULT-VALUE}).")
  private int promptTokens;

  @Option(
      names = "--output-tokens",
      paramLabel = "M",
      order = 3,
      defaultValue = "64",
      description = "Most new tokens of every prompt (default: ${DEFAULT-VALUE}).")
  private int outputTokens;

  @Option(
      names = "--requests",
      paramLabel = "R",
      order = 4,
      defaultValue = "8",
      description = "Prompts at once (default: ${DEFAULT-VALUE}).")
  private int requests;

  @Option(
      names = "--shared-prefix",
      paramLabel = "K",
      order = 5,
      defaultValue = "0",
      description = "Leading tokens that all prompts have in common (default: ${DEFAULT-VALUE}).")
  private int sharedPrefix;

  @Option(names = "--json", order = 6, description = "Print one JSON object.")
  private boolean json;

  private BenchCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new BenchCommand());
    CommandOptions.addTo(
        command.getCommandSpec(), 10, "Where and how the model runs:", EngineOptionList.ALL);
    return command;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    check(promptTokens >= 1, "--prompt-tokens must be at least 1, got " + promptTokens);
    check(outputTokens >= 1, "--output-tokens must be at least 1, got " + outputTokens);
    check(requests >= 1, "--requests must be at least 1, got " + requests);
    check(
        sharedPrefix >= 0 && sharedPrefix <= promptTokens,
        "--shared-prefix must be 0 to %d, got %d".formatted(promptTokens, sharedPrefix));
    EngineConfig config =
        EngineOptionList.parse(
            model.directory(),
            CommandOptions.given(spec.commandLine().getParseResult(), EngineOptionList.ALL));
    BenchPlan plan = new BenchPlan(promptTokens, outputTokens, requests, sharedPrefix);
    BenchResult result = new Benchmark(config, plan, this::progress).run();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectMapper mapper = new ObjectMapper();
      out.println(mapper.writeValueAsString(result.toJson(mapper)));
    } else {
      result.print(out);
    }
    out.flush();
    return 0;
  }

  private void progress(String part) {
    spec.commandLine().getErr().println("bench: " + part);
    spec.commandLine().getErr().flush();
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new CommandLine.ParameterException(spec.commandLine(), message);
    }
  }
}

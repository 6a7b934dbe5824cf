package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.engine.options.EngineOptionList;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints what the model computes, for comparing it with a reference implementation. */
@Command(
    name = "logits",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Print the logits at every position of a sequence of tokens.",
      "With --json: {\"logits\": [[...], ...]}, one list for each position with one number for each"
          + " token of the vocabulary. Without: the likeliest five at each position.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv logits --model ./model --tokens 1,5,7 --dtype f32 --json",
      "  swiftkv logits --tokens 0,1071,1072 --device scalar",
    })
final class LogitsCommand implements Callable<Integer> {
  private static final int SHOWN = 5;
  private static final int CHUNK_TOKENS = 512;

  private static final List<dev.swiftkv.engine.options.Option<?>> OPTIONS =
      List.of(EngineOptionList.DEVICE, EngineOptionList.DTYPE, EngineOptionList.THREADS);

  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;

  @Option(
      names = {"-t", "--tokens"},
      paramLabel = "ID",
      order = 2,
      split = ",",
      required = true,
      description = "Token ids with commas between, special tokens included.")
  private int[] tokens;

  @Option(names = "--json", order = 3, description = "Print every logit, as JSON.")
  private boolean json;

  private LogitsCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new LogitsCommand());
    CommandOptions.addTo(command.getCommandSpec(), 10, "Where and how the model runs:", OPTIONS);
    return command;
  }

  @Override
  public Integer call() throws IOException {
    EngineConfig config =
        EngineOptionList.parse(
            model.directory(), CommandOptions.given(spec.commandLine().getParseResult(), OPTIONS));
    PrintWriter out = spec.commandLine().getOut();
    try (DeviceModel device = DeviceModel.open(config)) {
      float[][] logits = LogitsRunner.run(device.model(), tokens, CHUNK_TOKENS);
      if (json) {
        printJson(logits, out);
      } else {
        printLikeliest(logits, out);
      }
    }
    out.flush();
    return 0;
  }

  private static void printJson(float[][] logits, PrintWriter out) throws IOException {
    JsonGenerator generator = new JsonFactory().createGenerator(out);
    generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    generator.writeStartObject();
    generator.writeArrayFieldStart("logits");
    for (float[] row : logits) {
      generator.writeStartArray();
      for (float logit : row) {
        generator.writeNumber(logit);
      }
      generator.writeEndArray();
    }
    generator.writeEndArray();
    generator.writeEndObject();
    generator.flush();
    out.println();
  }

  private void printLikeliest(float[][] logits, PrintWriter out) {
    for (int position = 0; position < logits.length; position++) {
      float[] row = logits[position];
      String likeliest =
          IntStream.range(0, row.length)
              .boxed()
              .sorted(Comparator.comparingDouble(id -> -row[id]))
              .limit(SHOWN)
              .map(id -> "%d (%.4f)".formatted(id, row[id]))
              .collect(Collectors.joining("  "));
      out.printf("position %d, token %d: %s%n", position, tokens[position], likeliest);
    }
  }
}

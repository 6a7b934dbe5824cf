package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.inspect.ModelFigures;
import dev.swiftkv.engine.inspect.PrefillCost;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.OptionValues;
import dev.swiftkv.kernels.DType;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what a checkpoint is and costs, without loading it. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Print what a checkpoint is and what it costs to run, without loading it.",
      "Layers that take their keys and values from the boundary (SwiftKV) are skipped while a prompt"
          + " is read; the last column says how much work that saves.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv inspect",
      "  swiftkv inspect --model ./Llama-3.1-SwiftKV-8B-Instruct",
      "  swiftkv inspect --model ./model --dtype f32",
    })
final class InspectCommand implements Callable<Integer> {
  private static final List<dev.swiftkv.engine.options.Option<?>> OPTIONS =
      List.of(EngineOptionList.DTYPE);

  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;

  private InspectCommand() {}

  static CommandLine create() {
    CommandLine command = new CommandLine(new InspectCommand());
    CommandOptions.addTo(command.getCommandSpec(), 10, "What the bytes are given for:", OPTIONS);
    return command;
  }

  @Override
  public Integer call() {
    OptionValues values =
        OptionValues.of(
            OPTIONS, CommandOptions.given(spec.commandLine().getParseResult(), OPTIONS));
    DType dtype = values.get(EngineOptionList.DTYPE).equals("f32") ? DType.F32 : DType.BF16;
    ModelFigures figures = ModelFigures.of(model.directory(), dtype);
    PrintWriter out = spec.commandLine().getOut();
    print(figures, out);
    out.flush();
    return 0;
  }

  private void print(ModelFigures figures, PrintWriter out) {
    ModelConfig config = figures.config();
    line(out, "model", "%s", model.directory());
    line(out, "family", "%s (%s)", config.family(), config.architecture());
    line(out, "layers", "%d", config.layers());
    if (config.swiftKv()) {
      line(
          out,
          "SwiftKV",
          "layers 0 to %d compute keys and values, the %d later ones take them from the boundary",
          config.keyValueLayers() - 1,
          config.layers() - config.keyValueLayers());
      line(
          out,
          "AcrossKV",
          "groups of %d later layers share a cache: %d caches in all",
          config.keyValueGroupSize(),
          config.cacheCount());
    } else {
      line(out, "SwiftKV", "no: every layer computes its keys and values");
    }
    line(
        out,
        "sizes",
        "hidden %d, feed-forward %d, %d heads of %d, %d of keys and values",
        config.hiddenSize(),
        config.intermediateSize(),
        config.heads(),
        config.headSize(),
        config.kvHeads());
    line(
        out,
        "vocabulary",
        "%,d tokens%s",
        config.vocabularySize(),
        figures.tiedHead() ? ", embedding and head are one" : "");
    line(out, "context", "%,d tokens", config.contextLength());
    line(out, "parameters", "%,d", figures.parameters());
    String dtype = figures.dtype().name().toLowerCase(Locale.ROOT);
    line(
        out,
        "weights",
        "%,d bytes in %s, %,d on disk",
        figures.weightBytes(),
        dtype,
        figures.checkpointBytes());
    line(out, "KV cache", "%,d bytes a token in %s", figures.kvBytesPerToken(), dtype);
    printPrefill(figures, out);
  }

  private static void printPrefill(ModelFigures figures, PrintWriter out) {
    boolean swiftKv = figures.config().swiftKv();
    out.println();
    out.println("prefill, GFLOP a prompt token:");
    out.printf(
        "  %-14s %12s%s%n",
        "prompt tokens",
        swiftKv ? "with SwiftKV" : "this model",
        swiftKv ? "   without   saving" : "");
    for (PrefillCost cost : figures.prefill()) {
      String without =
          String.format(
              Locale.ROOT, "%10s %7.2fx", fourDigits(cost.fullDepthGflopPerToken()), cost.saving());
      out.printf(
          Locale.ROOT,
          "  %,-14d %12s%s%n",
          cost.promptTokens(),
          fourDigits(cost.gflopPerToken()),
          swiftKv ? without : "");
    }
  }

  /** At least three decimals, and of a tiny model as many as show four digits. */
  private static String fourDigits(double gflop) {
    int leadingZeros = Math.max(0, -(int) Math.floor(Math.log10(gflop)));
    return String.format(Locale.ROOT, "%." + (3 + leadingZeros) + "f", gflop);
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "%-12s %s%n", name, String.format(Locale.ROOT, format, values));
  }
}

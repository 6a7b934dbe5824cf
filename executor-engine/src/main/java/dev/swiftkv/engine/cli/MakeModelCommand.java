package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.kernels.DType;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a random checkpoint. */
@Command(
    name = "make-model",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Make a random checkpoint of any size in the published layout, with a tokenizer that works.",
      "What it writes is noise; its speed and its memory are those of a trained model of that shape."
          + " Equal arguments give equal bytes.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv make-model --family llama-swiftkv --output models/small",
      "  swiftkv make-model --family llama --layers 16 --hidden 2048 --intermediate 8192"
          + " --heads 32 --kv-heads 8 --vocabulary 32000 --context 16384 --output models/1b",
      "      about 1.1 billion parameters",
      "  swiftkv make-model --family llama-swiftkv --layers 32 --hidden 4096 --intermediate 14336"
          + " --heads 32 --kv-heads 8 --vocabulary 128256 --context 131072 --no-weights"
          + " --output models/8b",
      "      the shape of Llama-3.1-8B in some megabytes",
    })
final class MakeModelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--family",
      paramLabel = "FAMILY",
      required = true,
      description = "llama, llama-swiftkv or qwen2.")
  private String family;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Directory to make; it must not exist, or be empty.")
  private Path output;

  @Option(names = "--layers", paramLabel = "N", description = "Decoder layers (default: 8).")
  private Integer layers;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Width of the residual stream (default: 256).")
  private Integer hidden;

  @Option(
      names = "--intermediate",
      paramLabel = "N",
      description = "Width of the feed-forward (default: 4 times the hidden size).")
  private Integer intermediate;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Query heads (default: heads of size 64).")
  private Integer heads;

  @Option(
      names = "--kv-heads",
      paramLabel = "N",
      description = "Heads of keys and values (default: a quarter of the heads).")
  private Integer kvHeads;

  @Option(
      names = "--head-size",
      paramLabel = "N",
      description = "Elements of a head (default: the hidden size over the heads).")
  private Integer headSize;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description = "Tokens of the vocabulary (default: 2048).")
  private Integer vocabulary;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Most tokens of prompt and completion together (default: 4096).")
  private Integer context;

  @Option(
      names = "--key-value-layers",
      paramLabel = "N",
      description = "SwiftKV: leading layers with keys and values of their own (default: half).")
  private Integer keyValueLayers;

  @Option(
      names = "--key-value-group-size",
      paramLabel = "N",
      description = "AcrossKV: later layers that share a cache (default: 1).")
  private Integer keyValueGroupSize;

  @Option(names = "--tied", description = "Make embedding and head one matrix.")
  private boolean tied;

  @Option(
      names = "--dtype",
      paramLabel = "F32|BF16",
      defaultValue = "bf16",
      description = "Type of the weights in the file (default: ${DEFAULT-VALUE}).")
  private String dtype;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--no-weights",
      description =
          "Store no weights, only their seed: they are made wherever the model is loaded. For"
              + " measuring models that no disk here holds.")
  private boolean noWeights;

  private MakeModelCommand() {}

  static CommandLine create() {
    return new CommandLine(new MakeModelCommand());
  }

  @Override
  public Integer call() {
    CheckpointSpec checkpoint = specification();
    if (noWeights) {
      CheckpointGenerator.describe(checkpoint, output);
    } else {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "writing %,d bytes of weights%n",
              CheckpointGenerator.weightBytes(checkpoint));
      spec.commandLine().getErr().flush();
      CheckpointGenerator.generate(checkpoint, output);
    }
    spec.commandLine().getOut().println(output);
    spec.commandLine().getOut().flush();
    return 0;
  }

  private CheckpointSpec specification() {
    CheckpointSpec.Builder builder =
        CheckpointSpec.of(family).tiedEmbeddings(tied).dtype(type()).seed(seed);
    give(layers, "--layers", builder::layers);
    give(hidden, "--hidden", builder::hiddenSize);
    give(intermediate, "--intermediate", builder::intermediateSize);
    give(heads, "--heads", builder::heads);
    give(kvHeads, "--kv-heads", builder::kvHeads);
    give(headSize, "--head-size", builder::headSize);
    give(vocabulary, "--vocabulary", builder::vocabularySize);
    give(context, "--context", builder::contextLength);
    give(keyValueLayers, "--key-value-layers", builder::keyValueLayers);
    give(keyValueGroupSize, "--key-value-group-size", builder::keyValueGroupSize);
    return builder.build();
  }

  private DType type() {
    return switch (dtype.toLowerCase(Locale.ROOT)) {
      case "f32" -> DType.F32;
      case "bf16" -> DType.BF16;
      default ->
          throw new CommandLine.ParameterException(
              spec.commandLine(), "--dtype must be f32 or bf16, got " + dtype);
    };
  }

  /** A size of 0 means to the builder that it was not given, so a user must not say it. */
  private void give(Integer sizeOrNull, String name, IntConsumer builder) {
    if (sizeOrNull == null) {
      return;
    }
    if (sizeOrNull < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "%s must be at least 1, got %d".formatted(name, sizeOrNull));
    }
    builder.accept(sizeOrNull);
  }
}

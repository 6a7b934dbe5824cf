package dev.swiftkv.distillation;

import dev.swiftkv.distillation.Documents.Asking;
import dev.swiftkv.distillation.Documents.LongPrompts;
import dev.swiftkv.distillation.Libtorch.Place;
import dev.swiftkv.distillation.Libtorch.Precision;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Turns a model into a SwiftKV model. */
@Command(
    name = "distill",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Turn a Llama or Qwen2 model into a SwiftKV model by distillation.",
      "The model stays as it is; only one norm and the new queries, keys and values of the later"
          + " layers are trained, to answer as the model does.",
    },
    footer = {
      "",
      "Example:",
      "  swiftkv distill --model ./base --data prompts.jsonl --output ./converted"
          + " --key-value-layers 4 --group 2",
    })
final class DistillCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "DIR",
      required = true,
      description = "The model to convert, in the Hugging Face layout.")
  private String base;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH|TABLE",
      required = true,
      description = "Prompts: jsonl, parquet, csv or another format of Spark, or a table.")
  private String data;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Directory to make; states of the run lie in DIR.states until it is done.")
  private Path output;

  @Option(
      names = {"-l", "--key-value-layers"},
      paramLabel = "N",
      required = true,
      description = "Leading layers that keep keys and values of their own; half is usual.")
  private int layers;

  @Option(
      names = {"-g", "--group"},
      paramLabel = "N",
      defaultValue = "1",
      description = "Later layers that share keys and values (default: ${DEFAULT-VALUE}).")
  private int group;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "Format of the data; by default what its name says.")
  private String format;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description =
          "A Spark setting for reading, such as one of a catalog; may be given repeatedly.")
  private Map<String, String> conf = new LinkedHashMap<>();

  @Option(
      names = "--prompt-column",
      paramLabel = "COLUMN",
      defaultValue = "prompt",
      description = "Column of the prompts (default: ${DEFAULT-VALUE}).")
  private String promptColumn;

  @Option(
      names = "--completion-column",
      paramLabel = "COLUMN",
      description =
          "Column of the answers, by default completion if there is one. Where it is"
              + " null, or missing, the model answers itself.")
  private String completionColumn;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Most tokens of an answer (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--on-long-prompt",
      paramLabel = "error|skip|cut",
      defaultValue = "error",
      description = "What becomes of prompts that do not fit (default: ${DEFAULT-VALUE}).")
  private String onLongPrompt;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "700",
      description = "Updates (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens to train on, instead of --steps.")
  private Long tokens;

  @Option(
      names = "--batch-tokens",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Most tokens of an update (default: ${DEFAULT-VALUE}).")
  private int batchTokens;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      defaultValue = "2e-3",
      description = "Highest learning rate (default: ${DEFAULT-VALUE}; 2e-4 for large models).")
  private double learningRate;

  @Option(
      names = "--warm-up",
      paramLabel = "STEPS",
      defaultValue = "15",
      description = "Updates until the highest learning rate (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      defaultValue = "0",
      description = "Of AdamW (default: ${DEFAULT-VALUE}).")
  private double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      defaultValue = "1",
      description = "Largest norm of the gradient (default: ${DEFAULT-VALUE}).")
  private double clip;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "2",
      description = "Of the distributions that are compared (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--hidden-weight",
      paramLabel = "W",
      defaultValue = "1",
      description = "Weight of hidden states in the loss (default: ${DEFAULT-VALUE}).")
  private double hiddenWeight;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the order of the data (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--save-every",
      paramLabel = "STEPS",
      defaultValue = "100",
      description = "Updates between states (default: ${DEFAULT-VALUE}).")
  private int saveEvery;

  @Option(names = "--resume", description = "Go on from the last state of an interrupted run.")
  private boolean resume;

  @Option(
      names = "--cache-bytes",
      paramLabel = "N",
      defaultValue = "2147483648",
      description = "Memory for teacher outputs between epochs (default: ${DEFAULT-VALUE}).")
  private long cacheBytes;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Documents in work at the same time, each on a thread; 0 means one for each processor.")
  private int threads;

  @Option(
      names = "--device",
      paramLabel = "auto|cpu|cuda",
      defaultValue = "auto",
      description =
          "Where to train; auto is a GPU if libtorch has CUDA and finds one (default:"
              + " ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--precision",
      paramLabel = "auto|bf16|f32",
      defaultValue = "auto",
      description =
          "What matrix products round their inputs to; auto is bf16 on a GPU and on processors"
              + " with AMX, f32 on others (default: ${DEFAULT-VALUE}).")
  private String precision;

  @Option(
      names = "--dtype",
      paramLabel = "bf16|f32",
      defaultValue = "bf16",
      description = "Type of the weights in the output (default: ${DEFAULT-VALUE}).")
  private String dtype;

  private DistillCommand() {}

  static DistillCommand create() {
    return new DistillCommand();
  }

  @Override
  public Integer call() throws IOException {
    Path directory = BuiltInModels.resolve(base);
    DType type = oneOf("--dtype", dtype, List.of(DType.BF16, DType.F32));
    LongPrompts policy = oneOf("--on-long-prompt", onLongPrompt, List.of(LongPrompts.values()));
    ModelConfig config = StudentConfig.of(ModelConfig.read(directory), layers, group);
    Place place = oneOf("--device", device, List.of(Place.values()));
    Precision wanted = oneOf("--precision", precision, List.of(Precision.values()));
    Device chosen = chooseDevice(place);
    DistillationSettings settings = settings(config, wanted.on(chosen));
    ConvertedCheckpoint.checkWritable(output);
    ProgressLines lines = new ProgressLines(out());
    Documents documents =
        Documents.of(
            directory,
            config,
            PromptTable.read(data, format, conf, promptColumn, completionColumn),
            policy,
            maxTokens,
            new Asking(statesFolder().resolve("answers.txt"), resume, lines));
    out()
        .printf(
            Locale.ROOT,
            "data       %,d documents, %,d tokens, %,d of answers; %,d answered by the model, %,d skipped, %,d cut%n",
            documents.list().size(),
            documents.tokens(),
            documents.answerTokens(),
            documents.answered(),
            documents.skipped(),
            documents.cut());
    Libtorch.use(settings.precision());
    TeacherWeights teacher = TeacherWeights.read(directory, ScalarType.Float, chosen);
    StudentWeights student = StudentWeights.fromTeacher(config, teacher);
    out()
        .printf(
            Locale.ROOT,
            "trainable  %,d parameters, products in %s on %s%n",
            student.parameters(),
            settings.precision(),
            chosen.str().getString());
    out().flush();
    train(config, settings, documents, teacher, student, directory, type, workers(chosen), lines);
    out().println("written to " + output);
    out().flush();
    return 0;
  }

  private void train(
      ModelConfig config,
      DistillationSettings settings,
      Documents documents,
      TeacherWeights teacher,
      StudentWeights student,
      Path directory,
      DType type,
      int workers,
      ProgressLines lines)
      throws IOException {
    int longest = documents.list().stream().mapToInt(Document::tokens).max().orElse(1);
    TrainingState states =
        new TrainingState(
            statesFolder(),
            "%s data=%08x model=%s"
                .formatted(settings.fingerprint(), documents.digest(), directory.getFileName()));
    if (!resume && states.lastStep().isPresent()) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "%s holds states of an interrupted run. Give --resume to go on, or remove the folder"
              .formatted(states.folder()));
    }
    new Distiller(
            settings,
            documents.list(),
            new TwoSegmentModel(config, teacher, student, settings.precision(), longest),
            student,
            states,
            workers)
        .run(resume, progress -> lines.trained(progress, settings.steps()));
    ConvertedCheckpoint.write(directory, config, student, type, output);
    states.delete();
  }

  private Path statesFolder() {
    return output.resolveSibling(output.getFileName() + ".states").toAbsolutePath();
  }

  private DistillationSettings settings(ModelConfig config, Precision products) {
    long updates = tokens == null ? steps : Math.max(1, tokens / Math.max(1, batchTokens));
    return new DistillationSettings(
        layers,
        group,
        config.swiftKv() ? Math.toIntExact(updates) : 0,
        batchTokens,
        learningRate,
        warmUp,
        weightDecay,
        clip,
        temperature,
        hiddenWeight,
        seed,
        saveEvery,
        products,
        cacheBytes);
  }

  /** A GPU takes one document after the other: each fills it. */
  private int workers(Device chosen) {
    if (chosen.is_cuda()) {
      return 1;
    }
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }

  private Device chooseDevice(Place place) {
    Libtorch.load();
    Device chosen = Libtorch.device(place);
    if (place == Place.CUDA && !chosen.is_cuda()) {
      out()
          .println(
              "--device cuda: %s, training on the CPU"
                  .formatted(
                      torch.hasCUDA()
                          ? "the driver shows no GPU"
                          : "this libtorch has no CUDA (docs/distillation.md says how to build with it)"));
    }
    return chosen;
  }

  private <T extends Enum<T>> T oneOf(String option, String value, List<T> values) {
    for (T known : values) {
      if (known.name().equalsIgnoreCase(value)) {
        return known;
      }
    }
    throw new EngineException(
        ErrorCategory.INVALID_OPTION,
        "%s is %s. Use one of %s"
            .formatted(option, value, values.toString().toLowerCase(Locale.ROOT)));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}

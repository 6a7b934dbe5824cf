package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.inspect.ModelFigures;
import dev.swiftkv.engine.model.CausalLm;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.schedule.BatchBuilder;
import dev.swiftkv.engine.schedule.Sampler;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kvcache.KvCachePool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a model and everything an engine runs it with. */
final class EngineOpener {
  private static final Logger LOG = LoggerFactory.getLogger(EngineOpener.class);
  private static final int BLOCK_TOKENS = KvBudget.BLOCK_TOKENS;

  private final LogitsObserver observer;
  private final UnaryOperator<Backend> around;
  private final ResourceStack device = new ResourceStack();

  /** As the user asked; settled once the device is open. */
  private EngineConfig config;

  private EngineOpener(
      EngineConfig config, LogitsObserver observer, UnaryOperator<Backend> around) {
    this.config = config;
    this.observer = observer;
    this.around = around;
  }

  /** Loads what a configuration names, on the device itself. */
  static EngineParts open(EngineConfig config, LogitsObserver observer) {
    return open(config, observer, UnaryOperator.identity());
  }

  /**
   * Loads what a configuration names.
   *
   * @param around what the model runs on instead of the device, which it then owns
   * @throws EngineException if it cannot be served; nothing stays allocated
   */
  static EngineParts open(
      EngineConfig config, LogitsObserver observer, UnaryOperator<Backend> around) {
    EngineOpener opener = new EngineOpener(config, observer, around);
    try {
      return opener.assemble();
    } catch (DeviceMemoryException e) {
      opener.device.closeAfter(e);
      throw new EngineException(
          ErrorCategory.OUT_OF_MEMORY,
          "The engine of %s does not fit: %s".formatted(config.model(), e.getMessage()),
          e);
    } catch (DeviceFailedException e) {
      opener.device.closeAfter(e);
      throw new EngineException(
          ErrorCategory.DEVICE,
          "The device failed while %s was loading: %s".formatted(config.model(), e.getMessage()),
          e);
    } catch (BackendUnavailableException e) {
      opener.device.closeAfter(e);
      throw new EngineException(ErrorCategory.UNSUPPORTED, e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      opener.device.closeAfter(e);
      throw e;
    }
  }

  private EngineParts assemble() {
    long start = System.nanoTime();
    if (!Files.isDirectory(config.model())) {
      throw new EngineException(
          ErrorCategory.MODEL_NOT_FOUND,
          "No model directory at %s; give the directory of a checkpoint in the Hugging Face layout"
              .formatted(config.model()));
    }
    Backend backend =
        device.push(
            around.apply(
                Backends.open(
                    config.device(),
                    new BackendOptions(Long.MAX_VALUE, config.threads(), config.deviceIndex()))));
    config = config.settledFor(backend);
    DType dtype = computeType(backend);
    checkWeights(backend, dtype);
    LoadedModel model = device.push(LoadedModel.load(config.model(), backend, dtype));
    int contextLength = contextLength(config, model.config());
    CausalLm lm = device.push(model.lm(config.stepTokens(), config.maxSequences()));
    KvShape shape = lm.kvShape(BLOCK_TOKENS);
    long blockBytes = KvCachePool.bytesPerBlock(backend, shape, lm.cacheCount());
    int blocks = KvBudget.blocks(config, blockBytes, contextLength, backend.memory());
    KvCachePool pool = device.push(KvCachePool.allocate(backend, shape, lm.cacheCount(), blocks));
    ModelRunner runner = runner(backend, lm, pool, contextLength);
    TextModel text = openText(config.model());
    ModelSummary summary = summary(model, blockBytes / BLOCK_TOKENS, contextLength);
    log(summary, pool, lm, System.nanoTime() - start);
    return new EngineParts(
        config,
        summary,
        new EngineLimits(
            contextLength,
            model.config().vocabularySize(),
            model.config().bosTokenId(),
            blocks,
            BLOCK_TOKENS),
        eosTokens(model.config()),
        text,
        runner,
        device);
  }

  private ModelRunner runner(Backend backend, CausalLm lm, KvCachePool pool, int contextLength) {
    int blocksPerSequence = (contextLength - 1) / BLOCK_TOKENS + 1;
    RaggedBatch batch =
        device.push(new RaggedBatch(config.stepTokens(), config.maxSequences(), blocksPerSequence));
    Sampler sampler = device.push(new Sampler(config.maxSequences()));
    return new ModelRunner(
        backend, lm, pool, new BatchBuilder(BLOCK_TOKENS), batch, sampler, observer);
  }

  private DType computeType(Backend backend) {
    return switch (config.dtype().toLowerCase(Locale.ROOT)) {
      case "auto" -> backend.preferredType();
      case "f32" -> DType.F32;
      case "bf16" -> DType.BF16;
      default ->
          throw new EngineException(
              ErrorCategory.INVALID_OPTION,
              "Option dtype must be auto, f32 or bf16, got %s".formatted(config.dtype()));
    };
  }

  /** The system may promise memory that it does not have, and end the process when it is used. */
  private void checkWeights(Backend backend, DType dtype) {
    long free = KvBudget.freeBytes(backend.memory());
    long needed = ModelFigures.of(config.model(), dtype).weightBytes();
    if (needed > free) {
      throw new EngineException(
          ErrorCategory.OUT_OF_MEMORY,
          "The weights of %s take %d bytes in %s; %d are free. "
                  .formatted(config.model(), needed, dtype, free)
              + "Use dtype bf16, a smaller model or a machine with more memory");
    }
  }

  /** Most tokens of a sequence: what is asked for, within what the model was made for. */
  static int contextLength(EngineConfig config, ModelConfig model) {
    if (config.contextLength() > model.contextLength()) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option contextLength is %d; the model %s was made for at most %d tokens"
              .formatted(config.contextLength(), config.model(), model.contextLength()));
    }
    return config.contextLength() > 0 ? config.contextLength() : model.contextLength();
  }

  private static TextModel openText(Path directory) {
    return Tokenizer.existsIn(directory)
        ? CheckpointText.open(directory)
        : new TokensOnly(directory);
  }

  private static BitSet eosTokens(ModelConfig model) {
    BitSet tokens = new BitSet();
    model.eosTokenIds().forEach(tokens::set);
    return tokens;
  }

  private static ModelSummary summary(LoadedModel model, long kvBytesPerToken, int contextLength) {
    ModelConfig config = model.config();
    return new ModelSummary(
        config.family(),
        config.architecture(),
        config.layers(),
        config.keyValueLayers(),
        config.keyValueGroupSize(),
        model.parameters(),
        model.weightBytes(),
        kvBytesPerToken,
        contextLength,
        model.dtype().name().toLowerCase(Locale.ROOT),
        model.backend().description());
  }

  private void log(ModelSummary summary, KvCachePool pool, CausalLm lm, long nanos) {
    LOG.info(
        "Opened {} in {} ms: {} with {} parameters in {}, on {}; {} MiB of weights, {} MiB of KV"
            + " cache for {} tokens, {} MiB of activations for steps of {} tokens",
        config.model(),
        nanos / 1_000_000,
        summary.architecture(),
        summary.parameters(),
        summary.dtype(),
        summary.backend(),
        summary.weightBytes() >> 20,
        pool.bytes() >> 20,
        (long) pool.blocks() * BLOCK_TOKENS,
        lm.activationBytes() >> 20,
        config.stepTokens());
  }
}

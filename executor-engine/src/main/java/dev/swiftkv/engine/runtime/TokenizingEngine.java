package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.config.ModelConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Reads prompts exactly as {@link ResidentEngine} does, refuses those that it would refuse, and
 * computes nothing: it has a tokenizer and no weights. Tells what a query would ask of a model.
 *
 * <p>Completions are as long as they may be: {@code max_tokens}, or the longest of the choices.
 * Scores are 0, with the tokens that would be scored. How much memory there is for keys and values
 * is not known, so nothing is refused for that.
 */
public final class TokenizingEngine implements Engine {
  /** A frequent word with its blank, which is one token in nearly every vocabulary. */
  private static final String WORD = " the";

  private final ModelSummary summary;
  private final TextModel text;
  private final PromptEncoder encoder;
  private final LongPrompts longPrompts;

  private TokenizingEngine(ModelConfig model, int contextLength, TextModel text) {
    this.text = text;
    summary =
        new ModelSummary(
            model.family(),
            model.architecture(),
            model.layers(),
            model.keyValueLayers(),
            model.keyValueGroupSize(),
            /* parameters */ 0,
            /* weightBytes */ 0,
            /* kvBytesPerToken */ 0,
            contextLength,
            "none",
            "none");
    encoder = new PromptEncoder(text, model.vocabularySize());
    longPrompts =
        new LongPrompts(
            new EngineLimits(
                contextLength,
                model.vocabularySize(),
                model.bosTokenId(),
                /* kvBlocks */ Integer.MAX_VALUE,
                ResidentEngine.KV_BLOCK_TOKENS));
  }

  /**
   * Reads configuration and tokenizer of a checkpoint.
   *
   * @throws EngineException MODEL_NOT_FOUND or INVALID_CHECKPOINT if it has none that can be read,
   *     INVALID_OPTION if it was not made for the context
   */
  public static TokenizingEngine open(EngineConfig config) {
    Path directory = config.model();
    ModelConfig model = ModelConfig.read(directory);
    return new TokenizingEngine(
        model, EngineOpener.contextLength(config, model), CheckpointText.open(directory));
  }

  @Override
  public CompletableFuture<Completion> submit(Request request) {
    return CompletableFuture.completedFuture(answer(request));
  }

  private Completion answer(Request request) {
    int promptTokens = 0;
    try {
      int[] ids = encoder.encode(request.prompt(), request.options().chat());
      promptTokens = ids.length;
      return request.continuationOrNull() == null ? generated(ids, request) : scored(ids, request);
    } catch (EngineException e) {
      return Completion.failed(new RowError(e.category(), e.getMessage()), promptTokens);
    }
  }

  private Completion generated(int[] ids, Request request) {
    GenerationOptions options = request.options();
    int fitting = longPrompts.fit(ids, options).length;
    int tokens = options.maxTokens();
    String longest = WORD.repeat(tokens);
    if (options.constraint() instanceof Constraint.Choices choices) {
      int most = 0;
      for (String choice : choices.texts()) {
        int length = text.encodeContinuation(choice).length + 1; // and the end of the sequence
        if (length > most) {
          most = length;
          longest = choice;
        }
      }
      tokens = Math.min(tokens, most);
    }
    return new Completion(
        longest, Collections.nCopies(tokens, 0), FinishReason.STOP, fitting, 0, null);
  }

  private Completion scored(int[] ids, Request request) {
    int[] continuation = encoder.encodeContinuation(request.continuationOrNull());
    int[] given = longPrompts.fitBefore(continuation, ids, request.options());
    List<Integer> tokens = Collections.nCopies(continuation.length, 0);
    return Completion.scored(0, tokens, given.length, 0);
  }

  @Override
  public int countTokens(String plain) {
    return text.encode(plain).length;
  }

  @Override
  public int countTokens(String plain, GenerationOptions options) {
    return encoder.encode(new Prompt.Text(plain), options.chat()).length;
  }

  @Override
  public ModelSummary model() {
    return summary;
  }

  /** Nothing is computed. */
  @Override
  public EngineStats stats() {
    return new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Override
  public void close() {
    text.close();
  }
}

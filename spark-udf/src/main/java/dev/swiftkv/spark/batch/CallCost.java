package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.EngineSettings;
import dev.swiftkv.spark.WindowSettings;
import dev.swiftkv.spark.functions.ScoreInput;
import java.nio.ByteBuffer;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * What the answer to one text of a call would take, found out on the way that the text would go,
 * with an engine of {@link TokenizingEngines} at its end. Ends with the task.
 */
public final class CallCost {
  private static final WindowSettings WINDOW =
      new WindowSettings(1, Long.MAX_VALUE, Long.MAX_VALUE, /* cacheBytes */ 0);

  private final CallSetup call;
  private final Engine engine;
  private final GenerationOptions options;
  private final PromptCount count = new PromptCount();
  private PromptWindow groups;

  private CallCost(CallSetup call) {
    this.call = call;
    engine = new TokenizingEngines().acquire(call.engine()).engine();
    options = GenerationOptionList.parse(call.parameters());
  }

  /**
   * What a text takes.
   *
   * @param prompts how many the model would be asked
   * @param promptTokens of them; 0 where they are refused, because nothing is computed
   * @param completionTokens of their answers at the longest, or of what would be scored
   * @param errorOrNull why there would be no answer
   */
  public record Cost(
      long prompts, long promptTokens, long completionTokens, RowError errorOrNull) {}

  /** Settings of an engine that reads what another one would be asked, and computes nothing. */
  public static EngineSettings withoutWeights(EngineSettings real) {
    return new EngineSettings(real.model(), real.options(), TokenizingEngines.class.getName());
  }

  /**
   * Opens it for the running task.
   *
   * @param call with settings {@link #withoutWeights}, not failing on errors
   * @throws dev.swiftkv.engine.EngineException if the model's tokenizer cannot be read
   */
  public static CallCost open(CallSetup call) {
    return new CallCost(call);
  }

  /** The cost of a prompt, or of a {@link TextGroup} as one text. */
  public Cost of(UTF8String text) {
    ByteBuffer utf8 = text.getByteBuffer();
    return call.groupOrNull() == null ? ofPrompt(utf8) : ofGroup(TextGroup.fromBytes(utf8));
  }

  private Cost ofPrompt(ByteBuffer utf8) {
    Request request =
        call.scores()
            ? ScoreInput.request(utf8, options)
            : new Request(new Prompt.Utf8(utf8), options);
    Completion completion = engine.submit(request).join();
    return completion.errorOrNull() == null
        ? new Cost(1, completion.promptTokens(), completion.completionTokens(), null)
        : new Cost(1, 0, 0, completion.errorOrNull());
  }

  private Cost ofGroup(TextGroup group) {
    if (groups == null) {
      groups = TaskWindow.open(call, WINDOW, count);
    }
    // Asked while the texts were gathered; every answer was as long as it may be.
    long early = group.usage().completion() / options.maxTokens();
    long before = count.prompts;
    RowAnswer answer = Reduction.of(groups, 0, group).await(() -> {});
    TokenUsage usage = answer.usage();
    return new Cost(
        early + count.prompts - before, usage.prompt(), usage.completion(), answer.errorOrNull());
  }

  private static final class PromptCount extends Uncounted {
    private long prompts;

    @Override
    public void prompt() {
      prompts++;
    }
  }
}

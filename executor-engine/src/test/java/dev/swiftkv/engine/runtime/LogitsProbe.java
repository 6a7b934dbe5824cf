package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.schedule.Sequence;
import dev.swiftkv.engine.schedule.StepPlan;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine on a real checkpoint that keeps the logits of every row, cache checked each step. */
final class LogitsProbe implements AutoCloseable {
  private final Map<List<Integer>, List<float[]>> byPrompt = new HashMap<>();
  private final AtomicInteger largestStep = new AtomicInteger();
  private final ResidentEngine engine;

  LogitsProbe(EngineConfig config) {
    engine =
        ResidentEngine.open(
            EngineOpener.open(config, this::keep),
            cache -> assertThat(cache.checkIntegrity()).isTrue());
  }

  /** One row as the engine answered it. */
  record Answer(Completion completion, List<float[]> logits) {
    /** The same tokens, from bitwise the same logits. */
    void assertSame(Answer other, String what) {
      assertThat(other.completion.tokenIds()).as(what).isEqualTo(completion.tokenIds());
      assertThat(other.completion.finishReason()).isEqualTo(completion.finishReason());
      assertThat(other.logits).as(what).hasSameSizeAs(logits);
      for (int i = 0; i < logits.size(); i++) {
        assertThat(Arrays.equals(other.logits.get(i), logits.get(i)))
            .as("%s: logits of token %d are bitwise the same", what, i)
            .isTrue();
      }
    }
  }

  /** Answers all prompts, which must differ, as one batch. */
  List<Answer> answer(List<int[]> prompts, GenerationOptions options) {
    List<CompletableFuture<Completion>> futures = new ArrayList<>();
    for (int[] prompt : prompts) {
      futures.add(engine.submit(new Request(new Prompt.Tokens(boxed(prompt)), options)));
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      Completion completion = futures.get(i).join();
      assertThat(completion.errorOrNull()).isNull();
      // Written before the future completed.
      answers.add(new Answer(completion, byPrompt.get(boxed(prompts.get(i)))));
    }
    byPrompt.clear();
    return answers;
  }

  EngineStats stats() {
    return engine.stats();
  }

  int largestStep() {
    return largestStep.get();
  }

  @Override
  public void close() {
    engine.close();
  }

  private void keep(StepPlan plan, Backend backend, Tensor logits) {
    largestStep.accumulateAndGet(plan.tokens(), Math::max);
    int row = 0;
    for (int i = 0; i < plan.size(); i++) {
      if (plan.samplesAfter(i)) {
        float[] values = new float[logits.columns()];
        backend.download(logits.slice(row++, 1), values);
        byPrompt
            .computeIfAbsent(promptOf(plan.sequence(i)), prompt -> new ArrayList<>())
            .add(values);
      }
    }
  }

  private static List<Integer> promptOf(Sequence sequence) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < sequence.promptTokens(); i++) {
      ids.add(sequence.token(i));
    }
    return ids;
  }

  private static List<Integer> boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }
}

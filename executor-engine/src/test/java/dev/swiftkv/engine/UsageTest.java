package dev.swiftkv.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What {@link SharedAnswers} counts. */
class UsageTest {
  private final SharedAnswers answers = new SharedAnswers();

  /** What the engine was asked, by prompt. */
  private final Map<String, CompletableFuture<Completion>> requests = new HashMap<>();

  private void ask(String prompt) {
    AnswerKey key =
        AnswerKey.of(
            GenerationOptions.defaults(),
            ByteBuffer.wrap(prompt.getBytes(UTF_8)),
            AnswerKey.newDigest());
    SharedAnswer answer =
        answers.ask(
            key,
            1 << 20,
            () -> requests.computeIfAbsent(prompt, asked -> new CompletableFuture<>()));
    assertThat(answer.future()).isNotNull();
  }

  private CompletableFuture<Completion> asked(String prompt) {
    ask(prompt);
    return requests.get(prompt);
  }

  private void fail(String prompt, ErrorCategory category, String message) {
    asked(prompt).complete(Completion.failed(new RowError(category, message), 7));
  }

  @Test
  void countsWhereAnswersComeFromAndTheirTokens() {
    CompletableFuture<Completion> first = asked("a");
    ask("a");
    first.complete(new Completion("c", List.of(1, 2), FinishReason.LENGTH, 5, 4, null));
    ask("a");
    ask("open");

    assertThat(answers.usage())
        .isEqualTo(new EngineUsage(2, 1, 1, 1, 5, 4, 2, 1, Map.of(), List.of()));
  }

  @Test
  void keepsTheNewestFewErrorsOfEachCategory() {
    for (int i = 0; i < 5; i++) {
      fail("p" + i, ErrorCategory.INVALID_PROMPT, "message " + i);
    }
    fail("q", ErrorCategory.OUT_OF_MEMORY, "x".repeat(10_000));

    EngineUsage usage = answers.usage();
    assertThat(usage.failures())
        .isEqualTo(Map.of(ErrorCategory.INVALID_PROMPT, 5L, ErrorCategory.OUT_OF_MEMORY, 1L));
    assertThat(usage.failed()).isEqualTo(6);
    assertThat(usage.promptTokens()).isEqualTo(42);
    assertThat(usage.errors())
        .extracting(ErrorSample::message)
        .containsExactly(
            "message 2",
            "message 3",
            "message 4",
            "x".repeat(UsageCounters.MESSAGE_CHARACTERS) + "…");
  }

  @Test
  void countsAnEngineThatFailsButNoQuestionThatWasGivenUp() {
    asked("broken").completeExceptionally(new EngineException(ErrorCategory.DEVICE, "no device"));
    asked("defect").completeExceptionally(new IllegalStateException("oops"));
    assertThat(asked("unwanted").cancel(true)).isTrue();

    EngineUsage usage = answers.usage();
    assertThat(usage.prompts()).isEqualTo(3);
    assertThat(usage.answered()).isEqualTo(2);
    assertThat(usage.errors())
        .extracting(ErrorSample::message)
        .containsExactly("no device", "java.lang.IllegalStateException: oops");
  }

  @Test
  void countsAnAnswerThatIsOfNoUseAsFailed() {
    answers.countFailure(new RowError(ErrorCategory.INVALID_OPTION, "cut"));

    assertThat(answers.usage().failures()).containsEntry(ErrorCategory.INVALID_OPTION, 1L);
  }
}

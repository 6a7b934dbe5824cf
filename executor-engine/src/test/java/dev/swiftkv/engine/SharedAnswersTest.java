package dev.swiftkv.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharedAnswersTest {
  private static final long CACHE_BYTES = 1 << 20;

  private final SharedAnswers answers = new SharedAnswers();
  private final List<CompletableFuture<Completion>> requests = new ArrayList<>();

  private static AnswerKey key(String prompt) {
    return key(GenerationOptions.defaults(), prompt);
  }

  private static AnswerKey key(GenerationOptions options, String prompt) {
    return AnswerKey.of(options, ByteBuffer.wrap(prompt.getBytes(UTF_8)), AnswerKey.newDigest());
  }

  private static Completion completion(String text) {
    return new Completion(text, List.of(1, 2), FinishReason.STOP, 3, 0, null);
  }

  private SharedAnswer ask(AnswerKey key, long cacheBytes) {
    return answers.ask(
        key,
        cacheBytes,
        () -> {
          CompletableFuture<Completion> request = new CompletableFuture<>();
          requests.add(request);
          return request;
        });
  }

  private SharedAnswer ask(String prompt) {
    return ask(key(prompt), CACHE_BYTES);
  }

  @Test
  void equalQuestionsInFlightShareOneRequest() {
    SharedAnswer first = ask("p");
    SharedAnswer second = ask("p");

    assertThat(first.source()).isEqualTo(SharedAnswer.Source.ENGINE);
    assertThat(second.source()).isEqualTo(SharedAnswer.Source.IN_FLIGHT);
    assertThat(requests).hasSize(1);
    requests.get(0).complete(completion("c"));
    assertThat(first.future().join()).isSameAs(second.future().join());
    assertThat(answers.inFlight()).isZero();
  }

  @Test
  void whatWasAnsweredIsNotAskedAgain() {
    ask("p");
    requests.get(0).complete(completion("c"));

    SharedAnswer again = ask("p");

    assertThat(again.source()).isEqualTo(SharedAnswer.Source.CACHE);
    assertThat(again.future().join().text()).isEqualTo("c");
    assertThat(answers.find(key("p"))).isPresent();
  }

  @Test
  void otherOptionsAreOtherQuestions() {
    GenerationOptions greedy = GenerationOptions.defaults();
    GenerationOptions seeded =
        greedy.withSampling(new SamplingParams(1f, 1f, 0, 0f, 1f, /* seed */ 7));

    ask(key(greedy, "p"), CACHE_BYTES);
    ask(key(seeded, "p"), CACHE_BYTES);
    ask(key(greedy.withMaxTokens(5), "p"), CACHE_BYTES);
    ask(key(greedy, "q"), CACHE_BYTES);

    assertThat(requests).hasSize(4);
    assertThat(ask(key(GenerationOptions.defaults(), "p"), CACHE_BYTES).source())
        .isEqualTo(SharedAnswer.Source.IN_FLIGHT);
  }

  @Test
  void withoutACacheOnlyRequestsInFlightAreShared() {
    ask(key("p"), 0);
    assertThat(ask(key("p"), 0).source()).isEqualTo(SharedAnswer.Source.IN_FLIGHT);
    requests.get(0).complete(completion("c"));

    assertThat(ask(key("p"), 0).source()).isEqualTo(SharedAnswer.Source.ENGINE);
  }

  @Test
  void aRequestIsCancelledWhenTheLastOneHasGivenUp() {
    SharedAnswer first = ask("p");
    SharedAnswer second = ask("p");

    first.release();
    first.release();
    assertThat(requests.get(0)).isNotCancelled();
    second.release();
    assertThat(requests.get(0)).isCancelled();
    assertThat(answers.inFlight()).isZero();

    assertThat(ask("p").source()).isEqualTo(SharedAnswer.Source.ENGINE);
  }

  @Test
  void givingUpLeavesTheAnswerToTheOthers() {
    SharedAnswer first = ask("p");
    SharedAnswer second = ask("p");

    first.release();
    requests.get(0).complete(completion("c"));

    assertThat(second.future().join().text()).isEqualTo("c");
  }

  @ParameterizedTest
  @EnumSource(ErrorCategory.class)
  void onlyErrorsThatWouldComeAgainAreKept(ErrorCategory category) {
    ask("p");
    requests.get(0).complete(Completion.failed(new RowError(category, "No"), 3));

    boolean kept = ask("p").source() == SharedAnswer.Source.CACHE;

    assertThat(kept)
        .isEqualTo(
            switch (category) {
              case INVALID_PROMPT, INVALID_OPTION, UNSUPPORTED -> true;
              default -> false;
            });
  }

  @Test
  void anEngineThatFailsFailsAllWhoWaitAndIsAskedAgain() {
    SharedAnswer first = ask("p");
    SharedAnswer second = ask("p");
    requests.get(0).completeExceptionally(new EngineException(ErrorCategory.DEVICE, "Gone"));

    assertThatThrownBy(first.future()::join).hasMessageContaining("Gone");
    assertThatThrownBy(second.future()::join).hasMessageContaining("Gone");
    assertThat(ask("p").source()).isEqualTo(SharedAnswer.Source.ENGINE);
  }

  @Test
  void aQuestionThatCannotBeSubmittedLeavesNothingBehind() {
    assertThatThrownBy(
            () ->
                answers.ask(
                    key("p"),
                    CACHE_BYTES,
                    () -> {
                      throw new IllegalStateException("Closed");
                    }))
        .hasMessage("Closed");

    assertThat(answers.inFlight()).isZero();
    assertThat(ask("p").source()).isEqualTo(SharedAnswer.Source.ENGINE);
  }

  @Test
  void theBoundOnBytesHoldsAndTheLeastRecentlyUsedGo() {
    long two = 2 * AnswerCache.bytesOf(completion("c"));
    for (String prompt : List.of("p", "q")) {
      ask(key(prompt), two);
      requests.get(requests.size() - 1).complete(completion("c"));
    }
    assertThat(ask(key("p"), two).source()).isEqualTo(SharedAnswer.Source.CACHE);

    ask(key("r"), two);
    requests.get(2).complete(completion("c"));

    assertThat(answers.cache().bytes()).isEqualTo(two);
    assertThat(answers.find(key("p"))).isPresent();
    assertThat(answers.find(key("q"))).isEmpty();
    assertThat(answers.find(key("r"))).isPresent();
  }

  @Test
  void anAnswerLargerThanTheCachePushesNothingOut() {
    ask("p");
    requests.get(0).complete(completion("c"));

    ask(key("q"), 1000);
    requests.get(1).complete(completion("c".repeat(1000)));

    assertThat(answers.find(key("p"))).isPresent();
    assertThat(answers.find(key("q"))).isEmpty();
  }
}

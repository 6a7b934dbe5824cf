package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.LongPromptPolicy;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a row holds, it is answered with its own error and the engine serves the others. */
@Timeout(60)
class BadPromptTest {
  private final OracleEngine oracle = new OracleEngine();

  @AfterEach
  void othersAreStillServed() {
    assertThat(OracleEngine.await(oracle.submit("hello", 5)).tokenIds())
        .isEqualTo(OracleEngine.expected("hello", 5));
    oracle.close();
  }

  private void assertError(Prompt prompt, ErrorCategory category, String... words) {
    assertError(oracle.submit(prompt, 5), category, words);
  }

  private static void assertError(
      CompletableFuture<Completion> answer, ErrorCategory category, String... words) {
    Completion completion = OracleEngine.await(answer);
    assertThat(completion.errorOrNull()).isNotNull();
    assertThat(completion.errorOrNull().category()).isEqualTo(category);
    assertThat(List.of(words))
        .allSatisfy(word -> assertThat(completion.errorOrNull().message()).contains(word));
  }

  private Completion answer(String prompt, int maxTokens, LongPromptPolicy policy) {
    return OracleEngine.await(
        oracle
            .engine()
            .submit(
                new Request(
                    new Prompt.Text(prompt),
                    GenerationOptions.defaults()
                        .withMaxTokens(maxTokens)
                        .withOnLongPrompt(policy))));
  }

  @Test
  void noPrompt() {
    assertError((Prompt) null, ErrorCategory.INVALID_PROMPT, "null");
    assertError(new Prompt.Text(null), ErrorCategory.INVALID_PROMPT, "null");
    assertError(new Prompt.Utf8(null), ErrorCategory.INVALID_PROMPT, "null");
  }

  @Test
  void anEmptyPrompt() {
    assertError(new Prompt.Text(""), ErrorCategory.INVALID_PROMPT, "empty");
    assertError(new Prompt.Utf8(ByteBuffer.allocate(0)), ErrorCategory.INVALID_PROMPT, "empty");
    assertError(new Prompt.Tokens(List.of()), ErrorCategory.INVALID_PROMPT, "empty");
    assertError(new Prompt.Chat(List.of()), ErrorCategory.INVALID_PROMPT, "messages");
    assertError(
        new Prompt.Chat(List.of(new ChatMessage("user", null))),
        ErrorCategory.INVALID_PROMPT,
        "content");
  }

  @Test
  void bytesThatAreNotUtf8() {
    byte[] bytes = {'a', 'b', (byte) 0xC3, 'c'};
    assertError(
        new Prompt.Utf8(ByteBuffer.wrap(bytes)),
        ErrorCategory.INVALID_PROMPT,
        "not UTF-8",
        "byte 2 of 4");
    byte[] cutShort = {'a', (byte) 0xE2, (byte) 0x82};
    assertError(
        new Prompt.Utf8(ByteBuffer.wrap(cutShort)), ErrorCategory.INVALID_PROMPT, "byte 1 of 3");
  }

  @Test
  void utf8IsReadFromPositionToLimitAndTheBufferIsFreeAfterwards() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(64);
    bytes.put("xxhello, wörldyy".getBytes(StandardCharsets.UTF_8));
    bytes.flip().position(2).limit(bytes.limit() - 2);
    CompletableFuture<Completion> answer = oracle.submit(new Prompt.Utf8(bytes), 5);
    assertThat(bytes.position()).isEqualTo(2);
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.duplicate().clear().put(i, (byte) 0);
    }
    assertThat(OracleEngine.await(answer).tokenIds())
        .isEqualTo(OracleEngine.expected("hello, wörld", 5));
  }

  @Test
  void unknownTokenIds() {
    assertError(
        new Prompt.Tokens(List.of(1, 2, 1000)), ErrorCategory.INVALID_PROMPT, "1000", "0 to 999");
    assertError(new Prompt.Tokens(List.of(-1)), ErrorCategory.INVALID_PROMPT, "-1");
    assertError(new Prompt.Text("日"), ErrorCategory.INVALID_PROMPT, "vocabulary");
  }

  @Test
  void aPromptThatTheTokenizerChokesOn() {
    assertError(new Prompt.Text("a" + CharacterText.UNSPEAKABLE), ErrorCategory.INTERNAL, "choked");
  }

  @Test
  void aPromptOfAMegabyte() {
    CompletableFuture<Completion> answer = oracle.submit("x".repeat(1 << 20), 5);
    assertError(
        answer, ErrorCategory.INVALID_PROMPT, "1048577 tokens", "256", "251", "onLongPrompt");
    assertThat(OracleEngine.await(answer).promptTokens()).isEqualTo((1 << 20) + 1);
  }

  @Test
  void aLongPromptIsCutWhereThePolicySays() {
    String prompt =
        IntStream.range(0, 400)
            .mapToObj(i -> String.valueOf((char) ('A' + i)))
            .reduce("", String::concat);
    int room = OracleEngine.CONTEXT - 6;
    assertCut(prompt, LongPromptPolicy.TRUNCATE_START, prompt.substring(400 - (room - 1)));
    assertCut(prompt, LongPromptPolicy.TRUNCATE_END, prompt.substring(0, room - 1));
    assertCut(
        prompt,
        LongPromptPolicy.TRUNCATE_MIDDLE,
        prompt.substring(0, room / 2 - 1) + prompt.substring(400 - room / 2));
  }

  private void assertCut(String prompt, LongPromptPolicy policy, String seen) {
    Completion completion = answer(prompt, 6, policy);
    assertThat(completion.promptTokens()).isEqualTo(OracleEngine.CONTEXT - 6);
    assertThat(completion.tokenIds()).isEqualTo(OracleEngine.expected(seen, 6));
    assertThat(completion.finishReason().name()).isEqualTo("LENGTH");
  }

  @Test
  void aPromptThatJustFitsIsNotCut() {
    String prompt = "y".repeat(OracleEngine.CONTEXT - 6 - 1);
    assertThat(answer(prompt, 6, LongPromptPolicy.ERROR).tokenIds())
        .isEqualTo(OracleEngine.expected(prompt, 6));
    assertThat(answer(prompt + "y", 6, LongPromptPolicy.ERROR).errorOrNull().category())
        .isEqualTo(ErrorCategory.INVALID_PROMPT);
  }

  @Test
  void moreNewTokensThanTheContextHolds() {
    assertError(
        oracle.submit("hello", OracleEngine.CONTEXT),
        ErrorCategory.INVALID_OPTION,
        "max_tokens 256",
        "at most 255");
    assertError(
        oracle.submit("hello", Integer.MAX_VALUE), ErrorCategory.INVALID_OPTION, "max_tokens");
  }

  @Test
  void aCacheTooSmallForOnePrompt() {
    try (OracleEngine small = new OracleEngine(runner -> runner, 4)) {
      assertError(
          small.submit("z".repeat(80), 5), ErrorCategory.OUT_OF_MEMORY, "holds 64", "kvCacheBytes");
      assertThat(OracleEngine.await(small.submit("z".repeat(50), 5)).tokenIds()).hasSize(5);
    }
  }

  @Test
  void aChatPromptIsWrapped() {
    Completion wrapped =
        OracleEngine.await(
            oracle
                .engine()
                .submit(
                    new Request(
                        new Prompt.Text("hi"),
                        GenerationOptions.defaults().withMaxTokens(4).withChat(true))));
    assertThat(wrapped.tokenIds()).isEqualTo(OracleEngine.expected("user:hi", 4));
  }
}

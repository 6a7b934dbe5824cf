package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextGroupTest {
  private static TextGroup of(String... texts) {
    TextGroup group = new TextGroup();
    for (String text : texts) {
      group.add(text.getBytes(UTF_8));
    }
    return group;
  }

  private static TextGroup copy(TextGroup group) {
    return TextGroup.fromBytes(ByteBuffer.wrap(group.toBytes()));
  }

  private static List<String> strings(List<byte[]> values) {
    return values.stream().map(value -> new String(value, UTF_8)).toList();
  }

  @Test
  void comesBackFromItsBytes() {
    TextGroup group = of("made of this");
    group.replaceBy(
        new RowAnswer("answer", FinishReason.LENGTH, new TokenUsage(5_000_000_000L, 2, 3), null));
    group.addAll(of("", "t3:abc", "\n\u00e9"));
    TextGroup copy = copy(group);

    assertThat(strings(copy.sortedTexts())).containsExactly("", "\n\u00e9", "t3:abc");
    assertThat(strings(copy.sortedAnswers())).containsExactly("answer");
    assertThat(copy.usage()).isEqualTo(new TokenUsage(5_000_000_000L, 2, 3));
    assertThat(copy.isCut()).isTrue();
    assertThat(copy.bytes()).isEqualTo(group.bytes());
    assertThat(copy(of()).isEmpty()).isTrue();
  }

  @Test
  void ordersByBytesAndNotAsTheyCame() {
    TextGroup one = of("b", "\u00e9", "a");
    one.addAll(of("a", "Z"));

    assertThat(strings(one.sortedTexts())).containsExactly("Z", "a", "a", "b", "\u00e9");
  }

  @Test
  void aFailureStaysAndKeepsTheTokens() {
    RowError error = new RowError(ErrorCategory.DEVICE, "It broke: 5");
    TextGroup failed = of("a");
    failed.replaceBy(new RowAnswer("", FinishReason.ERROR, new TokenUsage(7, 0, 0), error));
    failed.add("b".getBytes(UTF_8));
    TextGroup group = of("c");
    group.addAll(copy(failed));
    TextGroup copy = copy(group);

    assertThat(copy.errorOrNull()).isEqualTo(error);
    assertThat(copy.usage()).isEqualTo(new TokenUsage(7, 0, 0));
    assertThat(copy.isEmpty()).isFalse();
    assertThat(copy.bytes()).isZero();
  }
}

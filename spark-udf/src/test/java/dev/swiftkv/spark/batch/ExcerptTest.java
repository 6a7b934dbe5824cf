package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ExcerptTest {
  private static String excerpt(String text) {
    return Excerpt.of(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  @Test
  void isOneLine() {
    assertThat(excerpt("a\n\n\tb\u0000c")).isEqualTo("a b c");
    assertThat(excerpt("")).isEmpty();
  }

  @Test
  void endsBetweenCharacters() {
    assertThat(excerpt("a" + "€".repeat(50))).isEqualTo("a" + "€".repeat(39) + "…");
    assertThat(excerpt("€".repeat(40))).isEqualTo("€".repeat(40));
  }

  @Test
  void endsAlsoWhereThereAreNoCharacters() {
    byte[] bytes = new byte[200];
    Arrays.fill(bytes, (byte) 0x80);
    assertThat(Excerpt.of(ByteBuffer.wrap(bytes))).isEqualTo("…");
  }
}

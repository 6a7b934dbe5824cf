package dev.swiftkv.spark.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextPiecesTest {
  private static List<String> pieces(String text, int room) {
    List<String> pieces = TextPieces.of(text, String::length, room);
    assertThat(String.join("", pieces)).isEqualTo(text);
    assertThat(pieces).noneMatch(String::isEmpty);
    return pieces;
  }

  @Test
  void cutsAtTheLargestUnitInTheSecondHalf() {
    assertThat(pieces("aaaa aa.\n\nbb bb\ncccc", 16)).startsWith("aaaa aa.\n\n");
    assertThat(pieces("aaaa. aa\nbb bb. cccc", 16)).startsWith("aaaa. aa\n");
    assertThat(pieces("aaaa aa. bb bbbb cccc", 16)).startsWith("aaaa aa.");
    assertThat(pieces("aaaa aa bb bbbbcccccc", 16)).startsWith("aaaa aa bb");
    assertThat(pieces("aaaaaaaaaaaaaaaaaaaaa", 16)).allMatch(piece -> piece.length() <= 16);
  }

  @Test
  void aTextThatFitsIsOnePiece() {
    assertThat(pieces("a\n\nb", 4)).containsExactly("a\n\nb");
  }

  @Test
  void neverCutsACharacterAndAlwaysGoesOn() {
    Random random = new Random(7);
    String[] parts = {"a", " ", ".", "\n", "\n\n", "\u00e9", "\ud83d\ude00", "\ud83d", "\ude00"};
    for (int run = 0; run < 2_000; run++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i >= 0; i--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      int room = 1 + random.nextInt(12);
      List<String> pieces = pieces(text.toString(), room);
      assertThat(pieces.stream().mapToInt(piece -> piece.codePointCount(0, piece.length())).sum())
          .isEqualTo(text.codePoints().count());
      assertThat(pieces).allMatch(piece -> piece.length() <= Math.max(2, room));
    }
  }
}

package dev.swiftkv.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenIdsTest {
  @Test
  void equalsAnyListOfTheSameIds() {
    assertThat(TokenIds.of(3, 1000, -1))
        .isEqualTo(List.of(3, 1000, -1))
        .hasSameHashCodeAs(List.of(3, 1000, -1));
    assertThat(TokenIds.of()).isEqualTo(List.of());
  }

  @Test
  void cannotBeChangedNorReachedThroughItsOrigin() {
    List<Integer> origin = new ArrayList<>(List.of(1, 2));
    List<Integer> ids = TokenIds.copyOf(origin);
    origin.set(0, 9);

    assertThat(ids).containsExactly(1, 2);
    assertThatThrownBy(() -> ids.set(0, 9)).isInstanceOf(UnsupportedOperationException.class);
    assertThat(TokenIds.copyOf(ids)).isSameAs(ids);
  }
}

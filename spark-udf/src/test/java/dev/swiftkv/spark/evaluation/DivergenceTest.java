package dev.swiftkv.spark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DivergenceTest {
  @Test
  void isTheDivergenceOfTheSoftmaxes() {
    float[] fair = {5, 5};
    float[] biased = {(float) Math.log(3), 0};
    // 0.5 ln(0.5 / 0.75) + 0.5 ln(0.5 / 0.25)
    double expected = 0.5 * Math.log(2.0 / 3) + 0.5 * Math.log(2);
    assertThat(Divergence.divergence(fair, biased)).isCloseTo(expected, within(1e-6));
    assertThat(Divergence.divergence(biased, biased)).isZero();
  }

  @Test
  void largeLogitsDoNotOverflow() {
    float[] large = {3e4f, 0};
    assertThat(Divergence.divergence(large, new float[] {2e4f, 0})).isCloseTo(0, within(1e-9));
  }
}

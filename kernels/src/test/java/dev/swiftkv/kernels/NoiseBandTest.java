package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NoiseBandTest {
  @Test
  void elementsAreThoseOfSplitMix64() {
    float[] row = new float[3];
    NoiseBand.whole(0, 1f, 2).readRow(0, 3, row);
    // The generator's first three outputs from seed 0, as its authors' program prints them.
    long[] bits = {0xe220a8397b1dcdafL, 0x6e789e6aa1b965f4L, 0x06c45d188009454fL};
    for (int i = 0; i < 3; i++) {
      float unit = ((int) (bits[i] >>> 40) - (1 << 23)) * 0x1p-23f;
      assertThat(row[i]).isCloseTo(unit, within(0x1p-7f));
      assertThat(Bf16.round(row[i])).isEqualTo(row[i]);
      assertThat(Math.abs(row[i])).isLessThanOrEqualTo(Math.abs(unit));
    }
  }

  @Test
  void everyRowIsOfItsOwn() {
    float[] all = new float[6];
    float[] second = new float[3];
    NoiseBand.whole(5, 0.25f, 1).readRow(0, 6, all);
    NoiseBand.whole(5, 0.25f, 2).readRow(1, 3, second);
    assertThat(second).containsExactly(all[3], all[4], all[5]);
    assertThat(all).doesNotHaveDuplicates();
  }

  @Test
  void elementsFillTheirRangeEvenly() {
    float[] row = new float[100_000];
    NoiseBand.whole(1, 2f, 1).readRow(0, row.length, row);
    double sum = 0;
    double squares = 0;
    for (float value : row) {
      assertThat(value).isBetween(-2f, 2f);
      sum += value;
      squares += value * value;
    }
    assertThat(sum / row.length).isCloseTo(0, within(0.02));
    assertThat(Math.sqrt(squares / row.length)).isCloseTo(2 / Math.sqrt(3), within(0.01));
  }

  @Test
  void bandsKeepTheirPlaceInMatricesOfMatrices() {
    NoiseBand band = NoiseBand.whole(1, 1f, 4).placed(1, 2).placed(10, 3);
    assertThat(band).isEqualTo(new NoiseBand(1, 1f, 13, 6, 4));
  }

  @Test
  void noiseWithoutASizeIsRefused() {
    assertThatThrownBy(() -> NoiseBand.whole(1, 0f, 4)).hasMessageContaining("scale 0.0");
  }
}

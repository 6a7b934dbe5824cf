package dev.swiftkv.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bf16Test {
  @ParameterizedTest
  @CsvSource({
    "0x1.00p0,  0x1.00p0", // representable
    "0x1.01p0,  0x1.00p0", // tie, to the even one below
    "0x1.03p0,  0x1.04p0", // tie, to the even one above
    "0x1.010002p0, 0x1.02p0", // just above a tie
    "0x1.00fffep0,  0x1.00p0", // just below a tie
    "-0x1.03p0, -0x1.04p0",
    "0x1.fffffep0, 0x1.0p1", // carries into the exponent
    "0x1.fffffep127, Infinity", // overflows
    "0x1.fep127, 0x1.fep127", // the largest bfloat16
    "0x1p-133, 0x1p-133", // the smallest subnormal
    "0x1p-134, 0x0p0", // tie with zero
    "-Infinity, -Infinity"
  })
  void roundsToTheNearestAndTiesToEven(String value, String expected) {
    assertThat(Bf16.round(Float.parseFloat(value))).isEqualTo(Float.parseFloat(expected));
  }

  @Test
  void keepsTheSignOfZero() {
    assertThat(Bf16.fromFloat(-0f)).isEqualTo((short) 0x8000);
    assertThat(Bf16.fromFloat(0f)).isEqualTo((short) 0);
  }

  @Test
  void aNanStaysANanEvenWhereTruncationWouldMakeItInfinite() {
    for (int bits : new int[] {0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF}) {
      assertThat(Bf16.round(Float.intBitsToFloat(bits))).as("%x", bits).isNaN();
    }
  }

  @Test
  void everyBfloat16SurvivesWideningAndNarrowing() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Bf16.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(Bf16.fromFloat(value)).isEqualTo((short) bits);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, 0x0p0",
    "0x3C00, 1.0",
    "0xC000, -2.0",
    "0x7BFF, 65504",
    "0x0400, 0x1p-14",
    "0x03FF, 0x0.ffcp-14",
    "0x0001, 0x1p-24",
    "0x8001, -0x1p-24",
    "0x3555, 0x1.554p-2",
    "0x7C00, Infinity",
    "0xFC00, -Infinity"
  })
  void halvesWidenExactly(String bits, String expected) {
    assertThat(F16.toFloat(Integer.decode(bits).shortValue()))
        .isEqualTo(Float.parseFloat(expected));
  }

  @Test
  void halvesKeepNanAndTheSignOfZero() {
    assertThat(F16.toFloat((short) 0x7E00)).isNaN();
    assertThat(F16.toFloat((short) 0x7C01)).isNaN();
    assertThat(Float.floatToRawIntBits(F16.toFloat((short) 0x8000))).isEqualTo(0x80000000);
  }
}

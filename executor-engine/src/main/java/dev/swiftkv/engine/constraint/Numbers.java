package dev.swiftkv.engine.constraint;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Sets of numbers by how they are written: no exponent, at most so many digits. */
final class Numbers {
  /** What a reader of doubles reads exactly. */
  private static final int WHOLE_DIGITS = 15;

  private static final int DIGITS_BEFORE_POINT = 9;
  private static final int DIGITS_AFTER_POINT = 6;
  private static final int MOST_DIVISOR = 2000;

  private final Expressions make;
  private final Expression digit;
  private final Expression nonZero;
  private final boolean isStrict;
  private final int schemaWhole;
  private final int schemaAfter;

  /**
   * Numbers of a schema.
   *
   * @param isStrict whether whole numbers have no point, and all so few digits that doubles are
   *     exact, unless those of the schema have more
   * @param schemaWhole most digits before the point of a number in the schema
   * @param schemaAfter most digits after it
   */
  Numbers(Expressions make, boolean isStrict, int schemaWhole, int schemaAfter) {
    this.make = make;
    this.schemaWhole = schemaWhole;
    this.schemaAfter = schemaAfter;
    this.isStrict = isStrict;
    digit = make.range('0', '9');
    nonZero = make.range('1', '9');
  }

  Expression any() {
    int before = isStrict ? Math.max(DIGITS_BEFORE_POINT, schemaWhole + 1) : Expressions.MANY;
    int after = isStrict ? Math.max(DIGITS_AFTER_POINT, schemaAfter + 1) : Expressions.MANY;
    Expression broken = make.sequence(whole(before), fraction(make.repeat(digit, 1, after)));
    return signed(make.either(List.of(whole(), broken)));
  }

  Expression integer() {
    Expression zeros = fraction(make.repeat(make.range('0', '0'), 1, Expressions.MANY));
    return signed(isStrict ? whole() : make.sequence(whole(), make.optional(zeros)));
  }

  Expression equal(BigDecimal value) {
    if (isStrict) {
      boolean isZero = value.signum() == 0;
      return make.literal(isZero ? "0" : value.stripTrailingZeros().toPlainString());
    }
    return make.both(List.of(atLeast(value), make.not(above(value)), plain()));
  }

  Expression atLeast(BigDecimal bound) {
    return bounded(bound, true);
  }

  Expression above(BigDecimal bound) {
    return bounded(bound, false);
  }

  /** Null if the divisor has too many digits. */
  Expression multipleOf(BigDecimal divisor) {
    BigDecimal plain = divisor.stripTrailingZeros();
    int places = Math.max(0, plain.scale());
    BigInteger whole = plain.movePointRight(places).toBigIntegerExact();
    if (whole.bitLength() > 30 || whole.intValue() * (places + 1L) > MOST_DIVISOR) {
      return null;
    }
    return make.sequence(sign(), make.multiple(whole.intValue(), places));
  }

  private Expression plain() {
    Expression digits = make.repeat(digit, 1, Expressions.MANY);
    Expression whole =
        make.either(
            List.of(
                make.range('0', '0'),
                make.sequence(nonZero, make.repeat(digit, 0, Expressions.MANY))));
    return signed(make.sequence(whole, make.optional(fraction(digits))));
  }

  private Expression bounded(BigDecimal bound, boolean orEqual) {
    Expression minus = make.range('-', '-');
    BigDecimal size = bound.abs();
    if (bound.signum() < 0) {
      // A negative number is above the bound if its size is below that of the bound.
      Expression larger = larger(size, !orEqual);
      return make.either(
          List.of(make.sequence(digit, make.anyText()), make.sequence(minus, make.not(larger))));
    }
    Expression positive = larger(size, orEqual);
    return bound.signum() == 0 && orEqual
        ? make.either(List.of(positive, make.sequence(minus, make.not(larger(size, false)))))
        : positive;
  }

  /** Unsigned numbers above a size, or equal to it. */
  private Expression larger(BigDecimal size, boolean orEqual) {
    String[] parts = size.toPlainString().split("\\.");
    String whole = parts[0];
    String after = parts.length == 1 ? "" : parts[1].replaceAll("0+$", "");
    Expression rest = make.anyText();
    List<Expression> ways = new ArrayList<>();
    Expression point = make.range('.', '.');
    Expression noDigit = make.either(List.of(make.empty(), make.sequence(point, rest)));
    ways.add(make.sequence(nonZero, make.repeat(digit, whole.length(), Expressions.MANY), noDigit));
    for (int i = 0; i < whole.length(); i++) {
      if (whole.charAt(i) < '9') {
        ways.add(
            make.sequence(
                make.literal(whole.substring(0, i)),
                make.range(whole.charAt(i) + 1, '9'),
                make.repeat(digit, whole.length() - i - 1, whole.length() - i - 1),
                noDigit));
      }
    }
    ways.add(make.sequence(make.literal(whole), largerFraction(after, orEqual)));
    return make.either(ways);
  }

  private Expression largerFraction(String after, boolean orEqual) {
    Expression digits = make.repeat(digit, 0, Expressions.MANY);
    List<Expression> ways = new ArrayList<>();
    for (int i = 0; i < after.length(); i++) {
      if (after.charAt(i) < '9') {
        ways.add(
            make.sequence(
                make.literal("." + after.substring(0, i)),
                make.range(after.charAt(i) + 1, '9'),
                digits));
      }
    }
    if (orEqual && after.isEmpty()) {
      ways.add(make.optional(make.sequence(make.literal("."), digits)));
    } else if (orEqual) {
      ways.add(make.sequence(make.literal("." + after), digits));
    } else {
      ways.add(make.sequence(make.literal("." + after), digits, nonZero, digits));
    }
    return make.either(ways);
  }

  private Expression whole() {
    return whole(isStrict ? Math.max(WHOLE_DIGITS, schemaWhole + 1) : Expressions.MANY);
  }

  private Expression whole(int most) {
    int more = most == Expressions.MANY ? most : most - 1;
    return make.either(
        List.of(make.range('0', '0'), make.sequence(nonZero, make.repeat(digit, 0, more))));
  }

  private Expression fraction(Expression digits) {
    return make.sequence(make.range('.', '.'), digits);
  }

  private Expression sign() {
    return make.optional(make.range('-', '-'));
  }

  private Expression signed(Expression unsigned) {
    return make.sequence(sign(), unsigned);
  }
}

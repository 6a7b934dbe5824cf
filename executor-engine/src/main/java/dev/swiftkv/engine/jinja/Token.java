package dev.swiftkv.engine.jinja;

/**
 * A piece of a template's source.
 *
 * @param text as meant: the content of a string, without quotes and escapes
 * @param line from 1
 */
record Token(Kind kind, String text, int line) {
  /** What a token is. */
  enum Kind {
    /** Text outside tags. */
    TEXT,
    /** The opening of a statement tag. */
    BLOCK_START,
    /** Its end. */
    BLOCK_END,
    /** The opening of an output tag. */
    OUTPUT_START,
    /** Its end. */
    OUTPUT_END,
    /** A name or keyword. */
    NAME,
    /** A string literal. */
    STRING,
    /** A whole number. */
    INTEGER,
    /** A number with a fraction or exponent. */
    FLOAT,
    /** An operator or bracket. */
    OPERATOR,
    /** The end of the source. */
    END
  }

  boolean is(Kind expected, String expectedText) {
    return kind == expected && text.equals(expectedText);
  }

  boolean isName(String name) {
    return is(Kind.NAME, name);
  }

  boolean isOperator(String operator) {
    return is(Kind.OPERATOR, operator);
  }
}

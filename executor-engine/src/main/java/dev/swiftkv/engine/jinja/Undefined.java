package dev.swiftkv.engine.jinja;

/**
 * What is not there. Empty as text, as a list and as a condition; anything else that is done with
 * it fails.
 *
 * @param description names it
 */
record Undefined(String description) {
  TemplateException failure() {
    return new TemplateException(description + " is undefined");
  }

  /** All are equal. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 0;
  }

  @Override
  public String toString() {
    return "";
  }
}

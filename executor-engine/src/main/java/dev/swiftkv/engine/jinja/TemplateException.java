package dev.swiftkv.engine.jinja;

/** A template that cannot be read, or that refused what it was given. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean raisedByTemplate;

  TemplateException(String message) {
    this(message, false);
  }

  private TemplateException(String message, boolean raisedByTemplate) {
    super(message);
    this.raisedByTemplate = raisedByTemplate;
  }

  /** The template called {@code raise_exception}. */
  static TemplateException raised(String message) {
    return new TemplateException(message, true);
  }

  /** A failure at a line of the source. */
  static TemplateException at(int line, String message) {
    return new TemplateException("line %d: %s".formatted(line, message));
  }

  /** Whether the template itself refused, as opposed to being wrong. */
  public boolean raisedByTemplate() {
    return raisedByTemplate;
  }
}

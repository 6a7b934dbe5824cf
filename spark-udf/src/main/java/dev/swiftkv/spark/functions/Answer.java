package dev.swiftkv.spark.functions;

import java.util.List;
import org.apache.spark.sql.types.DataType;

/** What a function wants the model to write, which also decides the type of its value. */
public sealed interface Answer {
  /** Free text. */
  record Text() implements Answer {}

  /** One of fixed texts; a type other than STRING reads them as JSON. */
  record OneOf(List<String> choices, DataType type) implements Answer {
    /** Copies the choices. */
    public OneOf {
      choices = List.copyOf(choices);
    }
  }

  /**
   * One element of the call's {@code labels}, or an array of them where its {@code multiLabel} is
   * true.
   */
  record Label() implements Answer {}

  /** A struct with a string for each element of the call's {@code labels}; null if not found. */
  record Fields() implements Answer {}

  /**
   * Free text about all texts of a group. What does not fit into one prompt is asked in parts,
   * whose answers are combined.
   *
   * @param instruction where the call gives none; empty if it must
   * @param combiningTemplate the prompt over answers, with {@code {instruction}} and {@code
   *     {texts}}
   */
  record OfGroup(String instruction, String combiningTemplate) implements Answer {
    /** Behind the function's name in the name of the template over answers. */
    public static final String COMBINING = ".combine";
  }

  /** Nothing: it is asked how probable the call's {@code continuation} is. */
  record Score() implements Answer {
    /** Name of the argument that is scored and no part of the prompt. */
    public static final String CONTINUATION = "continuation";
  }

  /** Nothing: only the tokenizer is asked. Such a function has no template. */
  record TokenCount() implements Answer {}

  /** As the call's {@code returnType} or {@code responseFormat} says. */
  record Declared() implements Answer {}
}

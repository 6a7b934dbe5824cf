package dev.swiftkv.spark.functions;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import java.nio.ByteBuffer;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A prompt and the continuation to score as one text, which is what a call carries for each row:
 * the bytes of the prompt as a number, a colon, the prompt, the continuation.
 */
public final class ScoreInput {
  private ScoreInput() {}

  /** Joins the two; neither is null. */
  public static UTF8String join(UTF8String prompt, UTF8String continuation) {
    return UTF8String.concat(UTF8String.fromString(prompt.numBytes() + ":"), prompt, continuation);
  }

  /**
   * What the engine is asked.
   *
   * @param joined what {@link #join} gave, from position to limit, neither of which moves
   */
  public static Request request(ByteBuffer joined, GenerationOptions options) {
    ByteBuffer prompt = prompt(joined);
    int start = joined.position() + digits(joined) + 1 + prompt.remaining();
    return Request.scoring(
        new Prompt.Utf8(prompt),
        new Prompt.Utf8(joined.slice(start, joined.limit() - start)),
        options);
  }

  /**
   * The prompt alone.
   *
   * @param joined what {@link #join} gave, from position to limit, neither of which moves
   */
  public static ByteBuffer prompt(ByteBuffer joined) {
    byte[] number = new byte[digits(joined)];
    joined.get(joined.position(), number);
    int bytes = Integer.parseInt(new String(number, US_ASCII));
    return joined.slice(joined.position() + number.length + 1, bytes);
  }

  private static int digits(ByteBuffer joined) {
    int digits = 0;
    while (joined.get(joined.position() + digits) != ':') {
      digits++;
    }
    return digits;
  }
}

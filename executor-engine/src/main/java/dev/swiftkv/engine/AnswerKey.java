package dev.swiftkv.engine;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What decides an answer of one engine: two questions with equal keys have equal answers, also
 * where tokens are drawn, because the seed is among the options. Of the prompt only the SHA-256 is
 * kept, so that remembering a long one costs 32 bytes.
 *
 * @param how everything but the prompt, compared with {@code equals}: the generation options
 * @param a the digest's first 8 bytes
 * @param b the next 8
 * @param c the next 8
 * @param d the last 8
 */
public record AnswerKey(Object how, long a, long b, long c, long d) {
  /** The digest to give to {@link #of}, again and again; not to be shared by threads. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256", e);
    }
  }

  /**
   * The key of a prompt.
   *
   * @param utf8 the prompt, from position to limit, neither of which moves
   */
  public static AnswerKey of(Object how, ByteBuffer utf8, MessageDigest digest) {
    digest.update(utf8.duplicate());
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new AnswerKey(how, hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
  }
}

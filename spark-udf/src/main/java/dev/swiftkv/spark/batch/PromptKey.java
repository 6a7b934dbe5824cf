package dev.swiftkv.spark.batch;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Identity of a prompt: its SHA-256, so that remembering a long prompt costs 32 bytes.
 *
 * @param call which call of the node asks: equal texts under other options are other prompts
 */
record PromptKey(int call, long a, long b, long c, long d) {
  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256", e);
    }
  }

  static PromptKey of(int call, ByteBuffer utf8, MessageDigest digest) {
    digest.update(utf8);
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new PromptKey(call, hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
  }
}

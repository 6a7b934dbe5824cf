package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The texts of one group while they are gathered. What was asked before all were there, because
 * they took too much memory, is kept as answers with the tokens that they took; the first failure
 * is kept instead of everything else.
 */
public final class TextGroup {
  /** Header of an array on the heap and its place in a list. */
  private static final long OVERHEAD_BYTES = 24;

  private final List<byte[]> texts = new ArrayList<>();
  private final List<byte[]> answers = new ArrayList<>();
  private long bytes;
  private TokenUsage usage = TokenUsage.NONE;
  private boolean cut;
  private RowError errorOrNull;

  /** No texts. */
  public TextGroup() {}

  /** Adds a text in UTF-8; the array must not change any more. */
  public void add(byte[] text) {
    if (errorOrNull == null) {
      texts.add(text);
      bytes += text.length + OVERHEAD_BYTES;
    }
  }

  /** Adds what another one has gathered. */
  public void addAll(TextGroup other) {
    usage = usage.plus(other.usage);
    cut |= other.cut;
    if (errorOrNull == null && other.errorOrNull != null) {
      fail(other.errorOrNull);
    }
    if (errorOrNull == null) {
      texts.addAll(other.texts);
      answers.addAll(other.answers);
      bytes += other.bytes;
    }
  }

  /** Replaces everything by the one answer that was made of it. */
  public void replaceBy(RowAnswer answer) {
    usage = answer.usage();
    cut = answer.finishReason() == FinishReason.LENGTH;
    if (answer.errorOrNull() == null) {
      forget();
      addAnswer(answer.text().getBytes(UTF_8));
    } else {
      fail(answer.errorOrNull());
    }
  }

  private void fail(RowError error) {
    forget();
    errorOrNull = error;
  }

  private void forget() {
    texts.clear();
    answers.clear();
    bytes = 0;
  }

  private void addAnswer(byte[] answer) {
    answers.add(answer);
    bytes += answer.length + OVERHEAD_BYTES;
  }

  /** Whether there is nothing to answer. */
  public boolean isEmpty() {
    return texts.isEmpty() && answers.isEmpty() && errorOrNull == null;
  }

  /** Heap that the texts and answers take. */
  public long bytes() {
    return bytes;
  }

  /** Texts in the order of their bytes, whatever the order in which they came. */
  List<byte[]> sortedTexts() {
    return sorted(texts);
  }

  /** Answers for texts that are no more here, in the order of their bytes. */
  List<byte[]> sortedAnswers() {
    return sorted(answers);
  }

  private static List<byte[]> sorted(List<byte[]> values) {
    List<byte[]> sorted = new ArrayList<>(values);
    sorted.sort(Arrays::compareUnsigned);
    return sorted;
  }

  TokenUsage usage() {
    return usage;
  }

  boolean isCut() {
    return cut;
  }

  RowError errorOrNull() {
    return errorOrNull;
  }

  // ---- as one text ----

  /**
   * Everything as one text, which is what a row carries: for each value a letter, its bytes as a
   * number, a colon and the value.
   */
  public byte[] toBytes() {
    ByteArrayOutputStream out =
        new ByteArrayOutputStream((int) Math.min(bytes + 64, Integer.MAX_VALUE - 8));
    texts.forEach(text -> put(out, 't', text));
    answers.forEach(answer -> put(out, 'a', answer));
    String tokens = usage.prompt() + "," + usage.cached() + "," + usage.completion();
    put(out, 'u', tokens.getBytes(UTF_8));
    if (cut) {
      put(out, 'c', new byte[0]);
    }
    if (errorOrNull != null) {
      put(out, 'e', errorOrNull.category().name().getBytes(UTF_8));
      put(out, 'm', errorOrNull.message().getBytes(UTF_8));
    }
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, char kind, byte[] value) {
    out.writeBytes((kind + Integer.toString(value.length) + ":").getBytes(UTF_8));
    out.writeBytes(value);
  }

  /** What {@link #toBytes} gave, from position to limit. */
  public static TextGroup fromBytes(ByteBuffer source) {
    ByteBuffer in = source.duplicate();
    TextGroup group = new TextGroup();
    ErrorCategory category = ErrorCategory.INTERNAL;
    while (in.hasRemaining()) {
      char kind = (char) in.get();
      byte[] value = new byte[number(in)];
      in.get(value);
      switch (kind) {
        case 't' -> group.add(value);
        case 'a' -> group.addAnswer(value);
        case 'u' -> group.usage = usage(new String(value, UTF_8).split(",", -1));
        case 'c' -> group.cut = true;
        case 'e' -> category = ErrorCategory.valueOf(new String(value, UTF_8));
        case 'm' -> group.errorOrNull = new RowError(category, new String(value, UTF_8));
        default -> throw new IllegalStateException("A group of texts has the part " + kind);
      }
    }
    return group;
  }

  private static int number(ByteBuffer in) {
    int number = 0;
    for (byte digit = in.get(); digit != ':'; digit = in.get()) {
      number = number * 10 + digit - '0';
    }
    return number;
  }

  private static TokenUsage usage(String[] tokens) {
    return new TokenUsage(
        Long.parseLong(tokens[0]), Long.parseLong(tokens[1]), Long.parseLong(tokens[2]));
  }
}

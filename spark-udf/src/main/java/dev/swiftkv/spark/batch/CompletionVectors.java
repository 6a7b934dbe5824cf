package dev.swiftkv.spark.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.swiftkv.engine.FinishReason;
import java.util.Arrays;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.spark.sql.vectorized.ArrowColumnVector;

/**
 * Answers of one call in row order, as one Arrow struct column of {@link
 * dev.swiftkv.spark.functions.CompletionRecord#TYPE}.
 */
public final class CompletionVectors implements AutoCloseable {
  /** Buffers up to this size are kept for the next rows. */
  private static final int KEPT_BYTES = 1 << 18;

  /** UTF-8 of {@code finish_reason}, by ordinal. */
  private static final byte[][] REASONS =
      Arrays.stream(FinishReason.values())
          .map(reason -> reason.name().toLowerCase(Locale.ROOT).getBytes(UTF_8))
          .toArray(byte[][]::new);

  private static final FieldType UTF8 = FieldType.nullable(ArrowType.Utf8.INSTANCE);
  private static final FieldType INT = FieldType.nullable(new ArrowType.Int(32, true));
  private static final FieldType STRUCT = FieldType.nullable(ArrowType.Struct.INSTANCE);

  private final StructVector struct; // [rows]
  private final VarCharVector result;
  private final VarCharVector error;
  private final VarCharVector finishReason;
  private final StructVector usage;
  private final IntVector promptTokens;
  private final IntVector cachedTokens;
  private final IntVector completionTokens;

  /** Made once: Spark reads all of its configuration to make one. */
  private final ArrowColumnVector column;

  /**
   * Empty vectors.
   *
   * @param rows how many to make room for at first
   */
  public CompletionVectors(BufferAllocator allocator, int rows) {
    struct = new StructVector("completion", allocator, STRUCT, /* callBack */ null);
    result = struct.addOrGet("result", UTF8, VarCharVector.class);
    error = struct.addOrGet("error", UTF8, VarCharVector.class);
    finishReason = struct.addOrGet("finish_reason", UTF8, VarCharVector.class);
    usage = struct.addOrGet("usage", STRUCT, StructVector.class);
    promptTokens = usage.addOrGet("prompt_tokens", INT, IntVector.class);
    cachedTokens = usage.addOrGet("cached_tokens", INT, IntVector.class);
    completionTokens = usage.addOrGet("completion_tokens", INT, IntVector.class);
    struct.setInitialCapacity(rows);
    column = new ArrowColumnVector(struct);
  }

  /** Writes one row; null where nothing was asked. */
  public void set(int row, RowAnswer answerOrNull) {
    if (answerOrNull == null) {
      struct.setNull(row);
      return;
    }

    struct.setIndexDefined(row);
    if (answerOrNull.errorOrNull() == null) {
      result.setSafe(row, answerOrNull.text().getBytes(UTF_8));
    } else {
      error.setSafe(row, answerOrNull.errorOrNull().toString().getBytes(UTF_8));
    }
    finishReason.setSafe(row, REASONS[answerOrNull.finishReason().ordinal()]);
    usage.setIndexDefined(row);
    promptTokens.setSafe(row, count(answerOrNull.usage().prompt()));
    cachedTokens.setSafe(row, count(answerOrNull.usage().cached()));
    completionTokens.setSafe(row, count(answerOrNull.usage().completion()));
  }

  /** The record has INT columns, as those of one prompt. A group of 2^31 tokens shows the most. */
  private static int count(long tokens) {
    return (int) Math.min(tokens, Integer.MAX_VALUE);
  }

  /** Says how many rows have been written. */
  public void setRows(int rows) {
    struct.setValueCount(rows);
  }

  /**
   * The column as Spark reads it, always the same one. Its rows are valid until these vectors are
   * cleared or closed.
   */
  public ArrowColumnVector column() {
    return column;
  }

  /** Forgets the rows; gives their memory back if it is much. */
  public void clear() {
    if (struct.getBufferSize() > KEPT_BYTES) {
      struct.clear();
    } else {
      struct.reset();
    }
  }

  @Override
  public void close() {
    struct.close();
  }
}

package dev.swiftkv.spark.batch;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;

/** The prompts of one column batch, in place where the column is Arrow's. */
public interface ColumnPrompts {
  /** Whether the row has no prompt. */
  boolean isNull(int row);

  /** UTF-8 of a prompt; valid as long as the batch. */
  ByteBuffer utf8(int row);

  /** Prompts of a string column. */
  static ColumnPrompts of(ColumnVector column) {
    if (column instanceof ArrowColumnVector arrow) {
      ValueVector vector = arrow.getValueVector();
      if (vector instanceof VarCharVector text) {
        return new ArrowText(text);
      }
      if (vector instanceof LargeVarCharVector text) {
        return new LargeArrowText(text);
      }
    }
    return new AnyText(column);
  }

  /** 32-bit offsets. */
  record ArrowText(VarCharVector vector) implements ColumnPrompts {
    @Override
    public boolean isNull(int row) {
      return vector.isNull(row);
    }

    @Override
    public ByteBuffer utf8(int row) {
      return PromptBatch.slice(vector, row);
    }
  }

  /** 64-bit offsets. */
  record LargeArrowText(LargeVarCharVector vector) implements ColumnPrompts {
    @Override
    public boolean isNull(int row) {
      return vector.isNull(row);
    }

    @Override
    public ByteBuffer utf8(int row) {
      ArrowBuf offsets = vector.getOffsetBuffer();
      long start = offsets.getLong((long) row * Long.BYTES);
      long end = offsets.getLong((row + 1L) * Long.BYTES);
      int length = Math.toIntExact(end - start);
      return vector.getDataBuffer().nioBuffer(start, length);
    }
  }

  /** Spark's own vectors, and Arrow's views. */
  record AnyText(ColumnVector column) implements ColumnPrompts {
    @Override
    public boolean isNull(int row) {
      return column.isNullAt(row);
    }

    @Override
    public ByteBuffer utf8(int row) {
      return column.getUTF8String(row).getByteBuffer();
    }
  }
}

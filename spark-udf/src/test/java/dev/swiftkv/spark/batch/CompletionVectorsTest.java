package dev.swiftkv.spark.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.TokenIds;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.spark.sql.vectorized.ColumnarRow;
import org.junit.jupiter.api.Test;

class CompletionVectorsTest {
  private static RowAnswer answer(String text) {
    return RowAnswer.of(
        new Completion(text, TokenIds.of(1, 2), FinishReason.STOP, 7, 0, /* errorOrNull= */ null));
  }

  @Test
  void rowsOfABatchDoNotShowThroughInTheNext() {
    try (BufferAllocator allocator = new RootAllocator();
        CompletionVectors vectors = new CompletionVectors(allocator, 2)) {
      for (int row = 0; row < 5; row++) {
        vectors.set(row, answer("first " + row));
      }
      vectors.setRows(5);
      vectors.clear();
      vectors.set(0, null);
      vectors.set(
          1,
          RowAnswer.of(
              Completion.failed(new RowError(ErrorCategory.INVALID_PROMPT, "too long"), 3)));
      vectors.set(2, answer("second"));
      vectors.setRows(3);

      assertThat(vectors.column().isNullAt(0)).isTrue();
      ColumnarRow failed = vectors.column().getStruct(1);
      assertThat(failed.isNullAt(0)).isTrue();
      assertThat(failed.getUTF8String(1).toString()).contains("too long");
      assertThat(failed.getUTF8String(2).toString()).isEqualTo("error");
      ColumnarRow answered = vectors.column().getStruct(2);
      assertThat(answered.getUTF8String(0).toString()).isEqualTo("second");
      assertThat(answered.isNullAt(1)).isTrue();
      assertThat(answered.getUTF8String(2).toString()).isEqualTo("stop");
      assertThat(answered.getStruct(3, 3).getInt(0)).isEqualTo(7);
      assertThat(answered.getStruct(3, 3).getInt(2)).isEqualTo(2);
    }
  }

  @Test
  void keepsSmallBuffersAndGivesLargeOnesBack() {
    try (BufferAllocator allocator = new RootAllocator();
        CompletionVectors vectors = new CompletionVectors(allocator, 2)) {
      vectors.set(0, answer("short"));
      vectors.setRows(1);
      vectors.clear();
      assertThat(allocator.getAllocatedMemory()).isPositive();

      vectors.set(0, answer("x".repeat(1 << 20)));
      vectors.setRows(1);
      vectors.clear();
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }
}

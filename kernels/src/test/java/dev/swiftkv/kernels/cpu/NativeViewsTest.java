package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeViewsTest {
  private final NativeViews views = new NativeViews();

  @Test
  void aBatchIsItsCountsAndTheAddressesOfItsInts() {
    try (RaggedBatch batch = new RaggedBatch(4, 2, 3)) {
      batch.clear();
      batch.addSequence(7);
      batch.addToken(11, 5, 21);
      batch.addToken(12, 6, 22);
      batch.needLogits();
      long[] view = views.batch(batch);
      assertThat(view).startsWith(2, 1, 1, 3).hasSize(12);
      int[] first = {11, 5, 21, 0, 0, 7, 0, 1};
      for (int i = 0; i < first.length; i++) {
        assertThat(HostMemory.getInt(view[4 + i])).as("field %d", 4 + i).isEqualTo(first[i]);
      }
    }
  }

  @Test
  void pagesLieOneAfterTheOther() {
    PagedKv one = new PagedKv(new KvShape(DType.F32, 2, 64, 32), 5, 1000, 2000);
    PagedKv two = new PagedKv(new KvShape(DType.BF16, 1, 80, 16), 6, 3000, 4000);
    assertThat(views.pages(two)).containsExactly(1, 1, 80, 16, 6, 3000, 4000);
    assertThat(views.pages(List.of(one, two)))
        .containsExactly(0, 2, 64, 32, 5, 1000, 2000, 1, 1, 80, 16, 6, 3000, 4000);
  }

  @Test
  void shapesAndRotaryTables() {
    assertThat(views.shape(new AttentionShape(8, 2, 64))).containsExactly(8, 2, 64);
    RopeTable rope =
        new RopeTable(new Tensor(DType.F32, 64, 9, 32), new Tensor(DType.F32, 128, 9, 32));
    assertThat(views.rope(rope)).containsExactly(64, 128);
  }

  @Test
  void aSamplingBatchIsItsRowsAndTheAddressesOfItsOptions() {
    try (SamplingBatch sampling = new SamplingBatch(2, 3)) {
      sampling.clear();
      sampling.add(0.5f, 4, 0.75f, 0.125f, 1.5f, 99L, 6);
      sampling.addPenalized(17);
      long[] view = views.sampling(sampling);
      assertThat(view[0]).isEqualTo(1);
      float[] options = {0.5f, 0.75f, 0.125f, 1.5f};
      for (int i = 0; i < options.length; i++) {
        assertThat(HostMemory.getFloat(view[1 + i])).isEqualTo(options[i]);
      }
      assertThat(HostMemory.getLong(view[5])).isEqualTo(99L);
      int[] first = {4, 6, 0, 17};
      for (int i = 0; i < first.length; i++) {
        assertThat(HostMemory.getInt(view[6 + i])).as("field %d", 6 + i).isEqualTo(first[i]);
      }
    }
  }
}

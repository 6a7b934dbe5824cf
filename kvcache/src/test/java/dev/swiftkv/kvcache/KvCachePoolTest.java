package dev.swiftkv.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceMemoryException;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KvCachePoolTest {
  private static final KvShape SHAPE = new KvShape(DType.F32, 2, 8, 16);

  @Test
  void cachesDoNotOverlapAndAreGivenBack() {
    try (Backend backend = Backends.open("scalar", BackendOptions.defaults())) {
      long block = backend.kvBytesPerBlock(SHAPE);
      try (KvCachePool pool = KvCachePool.allocate(backend, SHAPE, 3, 5)) {
        assertThat(pool.caches()).hasSize(3);
        assertThat(pool.bytes())
            .isGreaterThanOrEqualTo(5 * KvCachePool.bytesPerBlock(backend, SHAPE, 3));
        for (PagedKv cache : pool.caches()) {
          assertThat(cache.blocks()).isEqualTo(5);
          assertThat(Math.abs(cache.values() - cache.keys())).isGreaterThanOrEqualTo(5 * block);
        }
        assertThat(backend.memory().allocatedBytes()).isEqualTo(pool.bytes());
      }
      assertThat(backend.memory().allocatedBytes()).isZero();
    }
  }

  @Test
  void aBlockIsCopiedInEveryCache() {
    try (Backend backend = Backends.open("scalar", BackendOptions.defaults());
        KvCachePool pool = KvCachePool.allocate(backend, SHAPE, 2, 4)) {
      int floats = (int) backend.kvBytesPerBlock(SHAPE) / Float.BYTES;
      float[] written = new float[floats];
      Arrays.fill(written, 3f);
      for (PagedKv cache : pool.caches()) {
        backend.upload(written, blockOf(cache.keys(), 1, floats));
        backend.upload(written, blockOf(cache.values(), 1, floats));
        backend.upload(new float[floats], blockOf(cache.values(), 2, floats));
      }
      pool.copyBlock(1, 3);
      for (PagedKv cache : pool.caches()) {
        assertThat(read(backend, blockOf(cache.keys(), 3, floats))).isEqualTo(written);
        assertThat(read(backend, blockOf(cache.values(), 3, floats))).isEqualTo(written);
        assertThat(read(backend, blockOf(cache.values(), 2, floats))).containsOnly(0f);
      }
    }
  }

  @Test
  void aPoolThatDoesNotFitLeavesNothingBehind() {
    // 16 tokens of 2 heads of 8 floats: two of the three caches fit.
    long fourBlocks = 4 * 2 * 16 * 2 * 8 * Float.BYTES;
    try (Backend backend = Backends.open("scalar", new BackendOptions(fourBlocks, 1, 0))) {
      assertThatThrownBy(() -> KvCachePool.allocate(backend, SHAPE, 3, 2))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("KV cache");
      assertThat(backend.memory().allocatedBytes()).isZero();
    }
  }

  private static Tensor blockOf(long base, int block, int floats) {
    return new Tensor(DType.F32, base + (long) block * floats * Float.BYTES, 1, floats);
  }

  private static float[] read(Backend backend, Tensor tensor) {
    float[] values = new float[tensor.columns()];
    backend.download(tensor, values);
    return values;
  }
}

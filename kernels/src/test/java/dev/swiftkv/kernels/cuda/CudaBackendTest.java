package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the contract of Ops does not see of the GPU: transfers, staging, work in the background. */
class CudaBackendTest {
  @RegisterExtension static final EmulatedMachine MACHINE = new EmulatedMachine("capability=9.0");

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private CudaBackend backend;

  @BeforeEach
  void open() {
    backend = keep(new CudaBackend(BackendOptions.defaults()));
  }

  @AfterEach
  void close() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  @Test
  void theDescriptionNamesTheDeviceAndItsKernels() {
    assertThat(backend.description())
        .contains("Emulated GPU 0")
        .contains("compute capability 9.0")
        .contains("gemm_wgmma")
        .contains("attend_wgmma");
  }

  /** Three chunks of 8 MiB, so that both halves of the staging memory are used again. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void aWeightOfSeveralChunksArrivesWhole(DType dtype) {
    int rows = 5300;
    int columns = 1000;
    WeightMatrix weight = keep(backend.loadMatrix("large", dtype, new Numbers(rows, columns)));
    int[] ids = {0, 63, 64, 2047, 2048, 4095, 4096, 5299};
    float[] values = embed(weight, ids);
    for (int i = 0; i < ids.length; i++) {
      for (int column : new int[] {0, 1, 511, 999}) {
        assertThat(values[i * columns + column])
            .as("row %d, column %d", ids[i], column)
            .isEqualTo(Numbers.at(ids[i], column));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void aTensorOfSeveralChunksComesBack(DType dtype) {
    int rows = 5300;
    int columns = 1000;
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = Numbers.at(i / columns, i % columns);
    }
    Tensor tensor = tensor(dtype, rows, columns);
    backend.upload(values, tensor);
    float[] back = new float[values.length];
    backend.download(tensor, back);
    assertThat(back).isEqualTo(values);
  }

  @Test
  void noiseIsMadeOnTheDevice() {
    NoiseBand even = new NoiseBand(3, 0.5f, 0, 2, 40);
    NoiseBand odd = new NoiseBand(4, 2f, 1, 2, 40);
    int columns = 70;
    MatrixSource source =
        new MatrixSource() {
          @Override
          public int rows() {
            return 80;
          }

          @Override
          public int columns() {
            return columns;
          }

          @Override
          public void readRow(int row, float[] into) {
            throw new AssertionError("row " + row + " was read");
          }

          @Override
          public List<NoiseBand> noiseBands() {
            return List.of(even, odd);
          }
        };
    float[] values = embed(keep(backend.loadMatrix("noise", DType.BF16, source)), 0, 1, 78, 79);
    float[] expected = new float[columns];
    for (int i = 0; i < 4; i++) {
      (i % 2 == 0 ? even : odd).readRow(i < 2 ? 0 : 39, columns, expected);
      for (int column = 0; column < columns; column++) {
        assertThat(values[i * columns + column]).isEqualTo(expected[column]);
      }
    }
  }

  @Test
  void aWeightOfAnotherDeviceIsRefused() {
    try (ScalarBackend other = new ScalarBackend(new BackendOptions(1 << 20, 1, 0));
        WeightMatrix weight = other.loadMatrix("elsewhere", DType.F32, new Numbers(4, 4))) {
      assertThatThrownBy(() -> embed(weight, 0)).hasMessageContaining("elsewhere was packed by");
    }
  }

  @Test
  void aBatchThatWasNotStagedIsRefused() {
    RaggedBatch batch = batch(1);
    WeightMatrix weight = keep(backend.loadMatrix("table", DType.F32, new Numbers(4, 4)));
    Tensor x = tensor(DType.F32, 1, 4);
    assertThatThrownBy(() -> backend.ops().embed(weight, batch, x))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("stage it");
  }

  @Test
  void twoBatchesAreOnTheDeviceAtATime() {
    WeightMatrix weight = keep(backend.loadMatrix("table", DType.F32, new Numbers(9, 1)));
    RaggedBatch first = batch(3);
    RaggedBatch second = batch(5);
    backend.ops().stage(first);
    backend.ops().stage(second);
    Tensor x = tensor(DType.F32, 2, 1);
    backend.ops().embed(weight, first, x.firstRows(1));
    backend.ops().embed(weight, second, x.slice(1, 1));
    float[] values = new float[2];
    backend.download(x, values);
    assertThat(values).containsExactly(Numbers.at(3, 0), Numbers.at(5, 0));
  }

  /** The emulated device works as late as it may, and takes options from where they were put. */
  @Test
  void samplingRunsInTheBackground() {
    Tensor logits = tensor(DType.F32, 2, 3);
    backend.upload(new float[] {1, 9, 2, 8, 7, 6}, logits);
    int[] tokens = {-1, -1};
    try (SamplingBatch sampling = new SamplingBatch(2, 0)) {
      sampling.clear();
      sampling.add(0f, 0, 1f, 0f, 1f, 1L, 0);
      sampling.add(0f, 0, 1f, 0f, 1f, 1L, 0);
      backend.ops().startSample(logits, sampling, tokens);
      sampling.clear();
      sampling.add(5f, 0, 1f, 0f, 1f, 7L, 3);
      assertThat(tokens).containsExactly(-1, -1);
      backend.ops().awaitSample();
    }
    assertThat(tokens).containsExactly(1, 0);
  }

  @Test
  void rowsThatDrawShareScratchMemoryInTurns() {
    int rows = 9; // on 4 multiprocessors: three launches
    Tensor logits = tensor(DType.F32, rows, 5);
    float[] values = new float[rows * 5];
    for (int row = 0; row < rows; row++) {
      values[row * 5 + row % 5] = 1000;
    }
    backend.upload(values, logits);
    int[] tokens = new int[rows];
    try (SamplingBatch sampling = new SamplingBatch(rows, 0)) {
      sampling.clear();
      for (int row = 0; row < rows; row++) {
        sampling.add(1f, 0, 1f, 0f, 1f, 1L, row);
      }
      backend.ops().sample(logits, sampling, tokens);
    }
    assertThat(tokens).containsExactly(0, 1, 2, 3, 4, 0, 1, 2, 3);
  }

  /** Rows of small whole numbers, which BF16 holds. */
  private record Numbers(int rows, int columns) implements MatrixSource {
    static float at(int row, int column) {
      return (row * 7 + column * 3) % 251;
    }

    @Override
    public void readRow(int row, float[] into) {
      for (int column = 0; column < columns; column++) {
        into[column] = at(row, column);
      }
    }
  }

  private float[] embed(WeightMatrix table, int... ids) {
    RaggedBatch batch = batch(ids);
    backend.ops().stage(batch);
    Tensor x = tensor(DType.F32, ids.length, table.columns());
    backend.ops().embed(table, batch, x);
    float[] values = new float[ids.length * table.columns()];
    backend.download(x, values);
    return values;
  }

  private RaggedBatch batch(int... ids) {
    RaggedBatch batch = keep(new RaggedBatch(ids.length, 1, 1));
    batch.clear();
    batch.addSequence(ids.length);
    for (int i = 0; i < ids.length; i++) {
      batch.addToken(ids[i], i, i);
    }
    return batch;
  }

  private Tensor tensor(DType dtype, int rows, int columns) {
    DeviceBuffer buffer =
        backend.memory().allocate("test", backend.tensorBytes(dtype, rows, columns));
    return keep(buffer).tensor(dtype, rows, columns);
  }

  private <T extends AutoCloseable> T keep(T resource) {
    toClose.push(resource);
    return resource;
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps that are recorded and played, over a model of one embedding, norm and head. */
class CudaStepTest {
  @RegisterExtension static final EmulatedMachine MACHINE = new EmulatedMachine("capability=9.0");

  private static final int VOCABULARY = 50;
  private static final int HIDDEN = 24;
  private static final int MOST_TOKENS = 40;

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private CudaBackend backend;
  private WeightMatrix table;
  private Tensor norm;
  private RaggedBatch batch;
  private int operationRuns;

  @BeforeEach
  void open() {
    backend = keep(new CudaBackend(BackendOptions.defaults()));
    batch = keep(new RaggedBatch(MOST_TOKENS, MOST_TOKENS, 4));
    EmulatedGpu.clearCounters();
  }

  @AfterEach
  void close() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void playingGivesTheBitsOfRunning(DType dtype) {
    Model model = new Model(dtype, MOST_TOKENS);
    float[][] played = new float[4][];
    for (int i = 0; i < played.length; i++) {
      played[i] = model.step(5 + i % 3, i);
    }
    assertThat(operationRuns).as("one runs, one is recorded").isEqualTo(2);
    assertThat(EmulatedGpu.callCount("cuGraphInstantiate")).isEqualTo(1);
    assertThat(EmulatedGpu.callCount("cuGraphLaunch")).isEqualTo(3);
    for (int i = 0; i < played.length; i++) {
      assertThat(played[i]).as("step %d", i).isEqualTo(model.alone(5 + i % 3, i));
    }
  }

  @Test
  void everyBucketGivesTheSameBits() {
    Model model = new Model(DType.BF16, MOST_TOKENS);
    float[] few = model.step(3, 0);
    float[] many = null;
    for (int i = 0; i < 3; i++) {
      many = model.step(MOST_TOKENS, 0);
    }
    assertThat(Arrays.copyOf(many, few.length)).isEqualTo(few);
    assertThat(EmulatedGpu.callCount("cuGraphLaunch")).isEqualTo(2);
  }

  @Test
  void aStepWithAPromptIsNotRecorded() {
    Model model = new Model(DType.F32, MOST_TOKENS);
    for (int i = 0; i < 3; i++) {
      fill(3, i);
      batch.addSequence(2);
      batch.addToken(1, 0, 0);
      batch.addToken(2, 1, 1);
      model.run();
    }
    assertThat(operationRuns).isEqualTo(3);
    assertThat(EmulatedGpu.callCount("cuStreamBeginCapture")).isZero();
  }

  @Test
  void givingMemoryBackDropsTheRecords() {
    Model model = new Model(DType.F32, MOST_TOKENS);
    model.step(3, 0);
    model.step(3, 1);
    backend.memory().allocate("some", 64).close();
    model.step(3, 2);
    assertThat(operationRuns).as("the third step runs its operations again").isEqualTo(3);
    model.step(3, 3);
    model.step(3, 4);
    assertThat(operationRuns).isEqualTo(4);
  }

  @Test
  void anotherBatchInItsPlaceDropsTheRecords() {
    Model model = new Model(DType.F32, MOST_TOKENS);
    model.step(3, 0);
    float[] expected = model.step(3, 1);
    for (int i = 0; i < 2; i++) {
      batch = keep(new RaggedBatch(MOST_TOKENS, MOST_TOKENS, 4));
      assertThat(model.step(3, 1)).isEqualTo(expected);
    }
    assertThat(operationRuns).isEqualTo(4);
  }

  @Test
  void whatIsPlayedIsCheckedToo() {
    Model model = new Model(DType.F32, MOST_TOKENS);
    for (int i = 0; i < 3; i++) {
      model.step(3, i);
    }
    fill(2, 0);
    batch.addSequence(1);
    batch.addToken(VOCABULARY, 0, 0);
    assertThatThrownBy(model::run)
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("Token id 50");
    assertThat(EmulatedGpu.callCount("cuGraphLaunch")).isEqualTo(2);
  }

  /** The emulated machine ends the context when a kernel passes the end of an allocation. */
  @Test
  void tensorsWithoutRoomForTheBucketAreNotOverrun() {
    Model model = new Model(DType.F32, 3);
    float[] first = model.step(3, 0);
    assertThat(model.step(3, 0)).isEqualTo(first);
    assertThat(EmulatedGpu.callCount("cuStreamBeginCapture")).isZero();
  }

  @Test
  void aStepThatFailsWhileItIsRecordedLeavesTheStreamUsable() {
    Model model = new Model(DType.F32, MOST_TOKENS);
    float[] expected = model.step(3, 0);
    fill(3, 0);
    backend.ops().stage(batch);
    IllegalStateException failure = new IllegalStateException("no more");
    Ops ops = backend.ops();
    assertThatThrownBy(
            () ->
                ops.step(
                    batch,
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(model.step(3, 0)).isEqualTo(expected);
  }

  /** Tokens at the first position of a sequence each. */
  private void fill(int tokens, int seed) {
    batch.clear();
    Random random = new Random(seed);
    for (int i = 0; i < tokens; i++) {
      batch.addSequence(1);
      batch.addToken(random.nextInt(VOCABULARY), 0, 0);
    }
  }

  private <T extends AutoCloseable> T keep(T resource) {
    toClose.push(resource);
    return resource;
  }

  private final class Model {
    private final Tensor x;
    private final Tensor normed;
    private final Tensor logits;

    Model(DType dtype, int rows) {
      table = keep(backend.loadMatrix("table", dtype, noise(VOCABULARY, HIDDEN)));
      norm = tensor(DType.F32, 1, HIDDEN);
      float[] ones = new float[HIDDEN];
      Arrays.fill(ones, 1f);
      backend.upload(ones, norm);
      x = tensor(DType.F32, rows, HIDDEN);
      normed = tensor(dtype, rows, HIDDEN);
      logits = tensor(DType.F32, rows, VOCABULARY);
    }

    float[] step(int tokens, int seed) {
      fill(tokens, seed);
      return run();
    }

    /** Without {@link Ops#step}. */
    float[] alone(int tokens, int seed) {
      fill(tokens, seed);
      backend.ops().stage(batch);
      operations();
      return result();
    }

    float[] run() {
      backend.ops().stage(batch);
      backend.ops().step(batch, this::operations);
      return result();
    }

    private void operations() {
      operationRuns++;
      int tokens = batch.tokenCount();
      Ops ops = backend.ops();
      ops.embed(table, batch, x.firstRows(tokens));
      ops.rmsNorm(x.firstRows(tokens), norm, 1e-5f, normed.firstRows(tokens));
      ops.logits(normed.firstRows(tokens), table, logits.firstRows(tokens));
    }

    private float[] result() {
      float[] values = new float[batch.tokenCount() * VOCABULARY];
      backend.download(logits.firstRows(batch.tokenCount()), values);
      return values;
    }

    private Tensor tensor(DType dtype, int rows, int columns) {
      DeviceBuffer buffer =
          backend.memory().allocate("test", backend.tensorBytes(dtype, rows, columns));
      return keep(buffer).tensor(dtype, rows, columns);
    }
  }

  private static MatrixSource noise(int rows, int columns) {
    return MatrixSource.of(
        rows,
        columns,
        (row, into) -> {
          Random random = new Random(row);
          for (int i = 0; i < columns; i++) {
            into[i] = random.nextFloat() - 0.5f;
          }
        });
  }
}

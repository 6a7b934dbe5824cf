package dev.swiftkv.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;

/** A backend in the hands of one test: what it makes is filled with NaN and closed at the end. */
public final class Device implements AutoCloseable {
  // Not a number as one F32 and as two BF16.
  private static final float NAN_IN_EVERY_TYPE = Float.intBitsToFloat(0x7fc07fc0);

  private final Backend backend;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

  public Device(Backend backend) {
    this.backend = backend;
  }

  public Backend backend() {
    return backend;
  }

  public Ops ops() {
    return backend.ops();
  }

  /** Skips the test where the backend does not compute in a type. */
  void needs(DType dtype) {
    assumeTrue(
        backend.computeTypes().contains(dtype),
        () -> backend.name() + " does not compute in " + dtype);
  }

  /** A tensor full of NaN, so that whatever an operation leaves out shows. */
  Tensor tensor(DType dtype, int rows, int columns) {
    float[] poison = new float[rows * columns];
    Arrays.fill(poison, Float.NaN);
    return tensor(dtype, rows, columns, poison);
  }

  Tensor tensor(DType dtype, int rows, int columns, float[] values) {
    DeviceBuffer buffer = keep(allocate(backend.tensorBytes(dtype, rows, columns)));
    Tensor tensor = buffer.tensor(dtype, rows, columns);
    backend.upload(values, tensor);
    return tensor;
  }

  float[] values(Tensor tensor) {
    float[] values = new float[tensor.rows() * tensor.columns()];
    backend.download(tensor, values);
    return values;
  }

  WeightMatrix matrix(DType dtype, int rows, int columns, float[] values) {
    return keep(
        backend.loadMatrix(
            "test.weight",
            dtype,
            MatrixSource.of(
                rows,
                columns,
                (row, into) -> {
                  System.arraycopy(values, row * columns, into, 0, columns);
                })));
  }

  /** Pages full of NaN: slots that nobody wrote must not matter. */
  PagedKv cache(KvShape shape, int blocks) {
    return new PagedKv(shape, blocks, pages(shape, blocks), pages(shape, blocks));
  }

  RopeTable rope(float[] cosine, float[] sine, int positions) {
    int half = cosine.length / positions;
    return new RopeTable(
        tensor(DType.F32, positions, half, cosine), tensor(DType.F32, positions, half, sine));
  }

  <T extends AutoCloseable> T keep(T resource) {
    toClose.push(resource);
    return resource;
  }

  /** Uniform values in [-size, size), rounded to a type so that both sides start from the same. */
  static float[] random(long seed, int count, float size, DType dtype) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      float value = (2 * random.nextFloat() - 1) * size;
      values[i] = dtype == DType.BF16 ? Bf16.round(value) : value;
    }
    return values;
  }

  @Override
  public void close() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  private long pages(KvShape shape, int blocks) {
    long bytes = blocks * backend.kvBytesPerBlock(shape);
    float[] poison = new float[(int) (bytes / Float.BYTES)];
    Arrays.fill(poison, NAN_IN_EVERY_TYPE);
    return tensor(DType.F32, 1, poison.length, poison).address();
  }

  private DeviceBuffer allocate(long bytes) {
    return backend.memory().allocate("test", bytes);
  }
}

package dev.swiftkv.benchmarks.gpu;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.NoiseBand;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * A device and what a measurement holds on it, freed together. Noise everywhere: zeros are fast.
 */
final class Workbench implements AutoCloseable {
  private static final double ROPE_THETA = 500_000;

  private final Backend backend;
  private final Deque<Runnable> toClose = new ArrayDeque<>();

  Workbench(String device) {
    this(Backends.open(device, BackendOptions.defaults()));
  }

  /** A workbench that owns its device. */
  Workbench(Backend backend) {
    this.backend = backend;
    toClose.push(backend::close);
  }

  Backend backend() {
    return backend;
  }

  Ops ops() {
    return backend.ops();
  }

  WeightMatrix weight(String name, NoiseSource source) {
    WeightMatrix weight = backend.loadMatrix(name, DType.BF16, source);
    toClose.push(weight::close);
    return weight;
  }

  /** A tensor of anything. */
  Tensor tensor(DType dtype, int rows, int columns) {
    DeviceBuffer buffer =
        backend.memory().allocate("benchmark", backend.tensorBytes(dtype, rows, columns));
    toClose.push(buffer::close);
    return buffer.tensor(dtype, rows, columns);
  }

  Tensor tensor(DType dtype, int rows, int columns, float[] values) {
    Tensor tensor = tensor(dtype, rows, columns);
    backend.upload(values, tensor);
    return tensor;
  }

  /** Activations of noise in [-1, 1). */
  Tensor noise(DType dtype, long seed, int rows, int columns) {
    int[] numbers = new int[rows];
    Arrays.setAll(numbers, i -> i);
    return tensor(dtype, rows, columns, noiseRows(seed, numbers, columns));
  }

  /** Rows of an endless matrix of noise in [-1, 1). */
  static float[] noiseRows(long seed, int[] rows, int columns) {
    NoiseBand band = NoiseBand.whole(seed, 1f, Integer.MAX_VALUE);
    float[] all = new float[rows.length * columns];
    float[] row = new float[columns];
    for (int i = 0; i < rows.length; i++) {
      band.readRow(rows[i], columns, row);
      System.arraycopy(row, 0, all, i * columns, columns);
    }
    return all;
  }

  /** Closes something with the bench that is not made by it. */
  <T extends AutoCloseable> T keep(T resource) {
    toClose.push(
        () -> {
          try {
            resource.close();
          } catch (Exception e) {
            throw new IllegalStateException(resource + " cannot be closed", e);
          }
        });
    return resource;
  }

  float[] values(Tensor tensor) {
    float[] values = new float[tensor.rows() * tensor.columns()];
    backend.download(tensor, values);
    return values;
  }

  /** Pages of noise-free memory: what was not written is not to be read. */
  PagedKv cache(Shape shape, int blocks) {
    long bytes = backend.kvBytesPerBlock(shape.kvShape()) * blocks;
    DeviceBuffer keys = backend.memory().allocateUninitialized("benchmark keys", bytes);
    toClose.push(keys::close);
    DeviceBuffer values = backend.memory().allocateUninitialized("benchmark values", bytes);
    toClose.push(values::close);
    return new PagedKv(shape.kvShape(), blocks, keys.address(), values.address());
  }

  /** Rotary tables of Llama 3, without scaling. */
  RopeTable rope(Shape shape, int positions) {
    int half = shape.attention().headSize() / 2;
    float[] cosine = new float[positions * half];
    float[] sine = new float[positions * half];
    for (int i = 0; i < cosine.length; i++) {
      int position = i / half;
      double angle = position * Math.pow(ROPE_THETA, -(double) (i % half) / half);
      cosine[i] = (float) Math.cos(angle);
      sine[i] = (float) Math.sin(angle);
    }
    return new RopeTable(
        tensor(DType.F32, positions, half, cosine), tensor(DType.F32, positions, half, sine));
  }

  RaggedBatch batch(int tokens, int sequences, int blocksPerSequence) {
    RaggedBatch batch = new RaggedBatch(tokens, sequences, blocksPerSequence);
    toClose.push(batch::close);
    batch.clear();
    return batch;
  }

  /** Adds tokens of a sequence whose blocks follow each other from {@code firstBlock} on. */
  static void addSequence(RaggedBatch batch, int from, int to, int firstBlock, int vocabulary) {
    int row = batch.addSequence(to) * batch.maxBlocksPerSequence();
    for (int block = 0; block <= (to - 1) / Shape.BLOCK_TOKENS; block++) {
      batch.blockTables().set(row + block, firstBlock + block);
    }
    for (int position = from; position < to; position++) {
      int token = (int) Long.remainderUnsigned(NoiseBand.mix(position + 1L), vocabulary);
      batch.addToken(token, position, firstBlock * Shape.BLOCK_TOKENS + position);
    }
  }

  @Override
  public void close() {
    while (!toClose.isEmpty()) {
      toClose.pop().run();
    }
  }
}

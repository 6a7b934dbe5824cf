package dev.swiftkv.benchmarks.kernels;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.KvShape;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RaggedBatch;
import dev.swiftkv.kernels.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The last tokens of one sequence attend to all of it: a prompt chunk, or one decoded token. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2, timeUnit = TimeUnit.SECONDS)
public class AttentionBenchmark {
  private static final AttentionShape SHAPE = new AttentionShape(32, 8, 64);
  private static final int BLOCK_TOKENS = 32;

  /** The kind of device. */
  @Param("cpu")
  public String device;

  /** Element type of queries, keys and values. */
  @Param({"BF16", "F32"})
  public DType dtype;

  /** Tokens of the sequence. */
  @Param({"1024", "8192"})
  public int context;

  /** How many of them, from the end, are queries. */
  @Param({"1", "512"})
  public int queries;

  private OpenDevice open;
  private RaggedBatch batch;
  private PagedKv cache;
  private Tensor query;
  private Tensor output;

  /** Fills the cache and the batch. */
  @Setup(Level.Trial)
  public void prepare() {
    open = new OpenDevice(device);
    KvShape shape = new KvShape(dtype, SHAPE.kvHeads(), SHAPE.headSize(), BLOCK_TOKENS);
    int blocks = context / BLOCK_TOKENS;
    int elements = (int) (open.backend().kvBytesPerBlock(shape) / dtype.bytes());
    Tensor keys = open.tensor(dtype, blocks, elements);
    Tensor values = open.tensor(dtype, blocks, elements);
    cache = new PagedKv(shape, blocks, keys.address(), values.address());
    query = open.tensor(dtype, queries, SHAPE.queryColumns());
    output = open.tensor(dtype, queries, SHAPE.queryColumns());
    batch = open.batch(queries, blocks);
    batch.clear();
    batch.addSequence(context);
    for (int block = 0; block < blocks; block++) {
      batch.blockTables().set(block, block);
    }
    for (int position = context - queries; position < context; position++) {
      batch.addToken(0, position, position);
    }
    open.ops().stage(batch);
  }

  /** One layer's attention. */
  @Benchmark
  public void attend(Work work) {
    open.ops().attend(query, SHAPE, cache, batch, output);
    double meanContext = context - (queries - 1) / 2.0;
    work.gflop += 4e-9 * queries * meanContext * SHAPE.queryColumns();
  }

  /** Frees the device. */
  @TearDown(Level.Trial)
  public void close() {
    open.close();
  }
}

package dev.swiftkv.benchmarks.kernels;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.WeightMatrix;
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

/** Products of activations with a weight, the sizes of a model of one billion parameters. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2, timeUnit = TimeUnit.SECONDS)
public class ProductBenchmark {
  /** The kind of device. */
  @Param("cpu")
  public String device;

  /** Element type of the operands. */
  @Param({"BF16", "F32"})
  public DType dtype;

  /** Rows of the activations. */
  @Param({"1", "16", "512", "2048"})
  public int tokens;

  /** Input features. */
  @Param("2048")
  public int inputs;

  /** Output features. */
  @Param({"2048", "8192"})
  public int outputs;

  private OpenDevice open;
  private WeightMatrix weight;
  private Tensor input;
  private Tensor output;

  /** Makes the operands. */
  @Setup(Level.Trial)
  public void prepare() {
    open = new OpenDevice(device);
    weight = open.matrix(dtype, outputs, inputs);
    input = open.tensor(dtype, tokens, inputs);
    output = open.tensor(DType.F32, tokens, outputs);
  }

  /** One product. */
  @Benchmark
  public void product(Work work) {
    open.ops().logits(input, weight, output);
    work.gflop += 2e-9 * tokens * inputs * outputs;
  }

  /** Frees the device. */
  @TearDown(Level.Trial)
  public void close() {
    open.close();
  }
}

package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.MatrixSource;
import dev.swiftkv.kernels.NoiseBand;
import dev.swiftkv.kernels.Tensor;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Brings rows of F32 values to the device and back, through pinned memory in chunks. While one
 * chunk is copied and brought into its layout, the host fills the next. Every method returns when
 * the data is there.
 */
final class CudaTransfers implements AutoCloseable {
  private static final long CHUNK_BYTES = 8L << 20;

  /** Packed weights are permuted within groups of so many rows. */
  private static final int ROW_GROUP = 64;

  private static final int ROW_THREADS = 128;

  private final CudaContext context;
  private final CudaStream stream;
  private final CudaScratch scratch;
  private final KernelArguments arguments;
  private final CudaKernel packWeight;
  private final CudaKernel tileRows;
  private final CudaKernel untileRows;
  private final CudaKernel fillRandom;
  private final CudaEvent[] copied;
  private PinnedMemory pinnedOrNull;

  CudaTransfers(
      CudaContext context, CudaStream stream, CudaScratch scratch, KernelArguments arguments) {
    this.context = context;
    this.stream = stream;
    this.scratch = scratch;
    this.arguments = arguments;
    packWeight = context.kernel("pack_weight_bf16");
    tileRows = context.kernel("tile_rows_bf16");
    untileRows = context.kernel("untile_rows_bf16");
    fillRandom = context.kernel("fill_random_bf16");
    copied = new CudaEvent[] {context.newEvent(), context.newEvent()};
  }

  /** Writes rows from the first on to host memory; called for one chunk after the other. */
  @FunctionalInterface
  private interface RowWriter {
    void write(int firstRow, int count, long address);
  }

  /** Writes {@code bytes} bytes that {@code fill} puts to the host address it is given. */
  void write(long to, long bytes, LongConsumer fill) {
    long host = pinned(bytes);
    fill.accept(host);
    stream.copyToDevice(host, to, bytes);
    stream.synchronize();
  }

  /** Writes a weight, whose memory is zero before. */
  void writeWeight(MatrixSource source, DType dtype, long to) {
    if (dtype == DType.BF16 && !source.noiseBands().isEmpty()) {
      makeNoise(source, to);
    } else {
      readWeight(source, dtype, to);
    }
  }

  private void makeNoise(MatrixSource source, long to) {
    for (NoiseBand band : source.noiseBands()) {
      if (band.rows() > 0) {
        ArgumentStructs.fillRandom(arguments, to, band, source.columns());
        stream.launch(fillRandom, band.rows(), 1, ROW_THREADS, 0, arguments);
      }
    }
    stream.synchronize();
  }

  private void readWeight(MatrixSource source, DType dtype, long to) {
    int columns = source.columns();
    long rowBytes = (long) columns * Float.BYTES;
    RowWriter writer =
        (firstRow, count, address) ->
            IntStream.range(0, count)
                .parallel()
                .forEach(
                    row -> {
                      float[] values = new float[columns];
                      source.readRow(firstRow + row, values);
                      HostMemory.write(values, 0, columns, address + row * rowBytes);
                    });
    send(writer, dtype == DType.BF16 ? packWeight : null, source.rows(), columns, to);
  }

  /** Writes a tensor; values are rounded to its type. */
  void upload(float[] values, Tensor to) {
    int columns = to.columns();
    RowWriter writer =
        (firstRow, count, address) ->
            HostMemory.write(values, firstRow * columns, count * columns, address);
    send(writer, layoutKernel(to, tileRows), to.rows(), columns, to.address());
  }

  /** Reads a tensor, widened to F32. */
  void download(Tensor from, float[] values) {
    CudaKernel untileOrNull = layoutKernel(from, untileRows);
    int columns = from.columns();
    long rowBytes = (long) columns * Float.BYTES;
    int chunk = chunkRows(from.rows(), rowBytes);
    long host = pinned(chunk * rowBytes);
    for (int first = 0; first < from.rows(); first += chunk) {
      int count = Math.min(chunk, from.rows() - first);
      long source = from.address() + first * rowBytes;
      if (untileOrNull != null) {
        source = scratch.require(chunk * rowBytes);
        convert(untileOrNull, from.address(), source, first, count, columns);
      }
      stream.copyToHost(source, host, count * rowBytes);
      stream.synchronize();
      HostMemory.read(host, values, first * columns, count * columns);
    }
  }

  @Override
  public void close() {
    for (CudaEvent event : copied) {
      event.close();
    }
    if (pinnedOrNull != null) {
      pinnedOrNull.close();
    }
  }

  private void send(RowWriter writer, CudaKernel kernelOrNull, int rows, int columns, long to) {
    long rowBytes = (long) columns * Float.BYTES;
    int chunk = chunkRows(rows, rowBytes);
    long chunkBytes = chunk * rowBytes;
    long host = pinned(2 * chunkBytes);
    long staged = kernelOrNull == null ? 0 : scratch.require(2 * chunkBytes);
    int chunks = rows == 0 ? 0 : (rows - 1) / chunk + 1;
    for (int i = 0; i < chunks; i++) {
      int first = i * chunk;
      int count = Math.min(chunk, rows - first);
      int half = i % 2;
      long offset = half * chunkBytes;
      if (i >= 2) {
        copied[half].synchronize();
      }
      writer.write(first, count, host + offset);
      if (kernelOrNull == null) {
        stream.copyToDevice(host + offset, to + first * rowBytes, count * rowBytes);
      } else {
        stream.copyToDevice(host + offset, staged + offset, count * rowBytes);
        convert(kernelOrNull, staged + offset, to, first, count, columns);
      }
      stream.record(copied[half]);
    }
    stream.synchronize();
  }

  private void convert(CudaKernel kernel, long from, long to, int firstRow, int rows, int columns) {
    ArgumentStructs.convert(arguments, from, to, firstRow, rows, columns);
    stream.launch(kernel, rows, 1, ROW_THREADS, 0, arguments);
  }

  private static int chunkRows(int rows, long rowBytes) {
    long groups = Math.max(1, CHUNK_BYTES / (ROW_GROUP * rowBytes));
    return (int) Math.min(rows, groups * ROW_GROUP);
  }

  private static CudaKernel layoutKernel(Tensor tensor, CudaKernel bf16) {
    return switch (tensor.dtype()) {
      case F32 -> null;
      case BF16 -> bf16;
      default ->
          throw new IllegalArgumentException(
              "The GPU computes in F32 and BF16, not in %s".formatted(tensor.dtype()));
    };
  }

  private long pinned(long bytes) {
    if (pinnedOrNull == null || pinnedOrNull.bytes() < bytes) {
      if (pinnedOrNull != null) {
        pinnedOrNull.close();
        pinnedOrNull = null;
      }
      pinnedOrNull = context.pinned(Math.max(bytes, 1));
    }
    return pinnedOrNull.address();
  }
}

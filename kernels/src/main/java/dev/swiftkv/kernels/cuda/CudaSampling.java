package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.SamplingBatch;
import dev.swiftkv.kernels.Tensor;

/**
 * Chooses tokens in the background: options go to the device in one copy, the ids come back to
 * pinned memory in another. One sampling is on its way at a time.
 */
final class CudaSampling implements AutoCloseable {
  private static final int THREADS = 1024;
  private static final int ROW_BYTES = 48;
  private static final int SCRATCH_BYTES_PER_TOKEN = 24;

  private final CudaContext context;
  private final CudaStream stream;
  private final CudaScratch scratch;
  private final KernelArguments arguments;
  private final CudaKernel kernel;
  private final CudaEvent done;

  /** Rows, allowed and penalized tokens as they go to the device, and ids as they come back. */
  private PinnedMemory pinnedOrNull;

  private DeviceBuffer deviceOrNull;
  private int[] tokensOrNull;
  private int rows;
  private long idsAt;

  CudaSampling(
      CudaContext context, CudaStream stream, CudaScratch scratch, KernelArguments arguments) {
    this.context = context;
    this.stream = stream;
    this.scratch = scratch;
    this.arguments = arguments;
    kernel = context.kernel("sample");
    done = context.newEvent();
  }

  /** Starts to choose; {@link #await} brings the ids. */
  void start(Tensor logits, SamplingBatch sampling, int[] tokens) {
    await();
    int count = sampling.rowCount();
    if (count == 0) {
      return;
    }
    int penalized = sampling.penalizedStarts().get(count);
    long allowedAt = (long) count * ROW_BYTES;
    long penalizedAt = allowedAt + (long) Long.BYTES * sampling.allowedWordCount();
    long inputBytes = penalizedAt + 4L * penalized;
    makeRoom(inputBytes + 4L * count);
    long host = pinnedOrNull.address();
    boolean draws = writeRows(sampling, host);
    HostMemory.copy(sampling.allowedWords(), host + allowedAt, penalizedAt - allowedAt);
    long from = sampling.penalizedTokens().address();
    HostMemory.copy(from, host + penalizedAt, 4L * penalized);
    stream.copyToDevice(host, deviceOrNull.address(), inputBytes);
    launch(logits, count, allowedAt, penalizedAt, inputBytes, draws);
    stream.copyToHost(deviceOrNull.address() + inputBytes, host + inputBytes, 4L * count);
    stream.record(done);
    rows = count;
    idsAt = inputBytes;
    tokensOrNull = tokens;
  }

  /** Waits for what was started last, if it was not waited for yet. */
  void await() {
    if (tokensOrNull != null) {
      int[] tokens = tokensOrNull;
      tokensOrNull = null;
      done.synchronize();
      for (int row = 0; row < rows; row++) {
        tokens[row] = HostMemory.getInt(pinnedOrNull.address() + idsAt + 4L * row);
      }
    }
  }

  @Override
  public void close() {
    free();
    done.close();
  }

  /** Rows that draw need scratch memory each, so there are no more of them at once than run. */
  private void launch(
      Tensor logits, int count, long allowedAt, long penalizedAt, long idsOffset, boolean draws) {
    int vocabulary = logits.columns();
    int most = draws ? Math.min(count, context.device().multiprocessors()) : count;
    long drawing = draws ? scratch.require((long) most * SCRATCH_BYTES_PER_TOKEN * vocabulary) : 0;
    long device = deviceOrNull.address();
    for (int first = 0; first < count; first += most) {
      int some = Math.min(most, count - first);
      ArgumentStructs.sample(
          arguments,
          logits.address() + (long) first * vocabulary * Float.BYTES,
          device + (long) first * ROW_BYTES,
          device + penalizedAt,
          device + allowedAt,
          device + idsOffset + 4L * first,
          drawing,
          some,
          vocabulary);
      stream.launch(kernel, some, 1, THREADS, 0, arguments);
    }
  }

  /** Writes the structs {@code SamplingRow}; returns whether any row needs noise. */
  private static boolean writeRows(SamplingBatch sampling, long to) {
    boolean draws = false;
    for (int row = 0; row < sampling.rowCount(); row++) {
      long at = to + (long) row * ROW_BYTES;
      HostMemory.putFloat(at, sampling.temperature(row));
      HostMemory.putFloat(at + 4, sampling.topP(row));
      HostMemory.putFloat(at + 8, sampling.minP(row));
      HostMemory.putFloat(at + 12, sampling.repetitionPenalty(row));
      HostMemory.putLong(at + 16, sampling.seed(row));
      HostMemory.putInt(at + 24, sampling.topKs().get(row));
      HostMemory.putInt(at + 28, sampling.counters().get(row));
      HostMemory.putInt(at + 32, sampling.penalizedStarts().get(row));
      HostMemory.putInt(at + 36, sampling.penalizedStarts().get(row + 1));
      HostMemory.putInt(at + 40, sampling.allowedStarts().get(row));
      HostMemory.putInt(at + 44, sampling.firstAllowed().get(row));
      draws |= sampling.temperature(row) != 0;
    }
    return draws;
  }

  private void makeRoom(long bytes) {
    if (deviceOrNull == null || deviceOrNull.bytes() < bytes) {
      free();
      long roomy = Math.max(4096, 2 * bytes);
      deviceOrNull = context.memory().allocateUninitialized("sampling options", roomy);
      pinnedOrNull = context.pinned(roomy);
    }
  }

  private void free() {
    if (deviceOrNull != null) {
      deviceOrNull.close();
      deviceOrNull = null;
    }
    if (pinnedOrNull != null) {
      pinnedOrNull.close();
      pinnedOrNull = null;
    }
  }
}

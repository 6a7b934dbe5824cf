package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.RaggedBatch;
import java.lang.ref.WeakReference;

/**
 * Room on the device for one batch, staged again and again at the same address. The host writes to
 * two pinned buffers in turn, so that it can prepare a step while the copy of the one before waits
 * for kernels of an even earlier one.
 */
final class StagedBatch implements AutoCloseable {
  private final CudaContext context;
  private final CudaStream stream;
  private final BatchPacker packer;
  private final BatchChecks checks = new BatchChecks();
  private final CudaEvent[] copied;
  private final PinnedMemory[] pinned = new PinnedMemory[2];
  private final HostPointer[] pinnedPointers = new HostPointer[2];
  private final RecordedSteps recorded = new RecordedSteps();
  private DeviceBuffer deviceOrNull;
  private DevicePointer devicePointer;
  private WeakReference<RaggedBatch> owner = new WeakReference<>(null);
  private int turn;
  private int mostTokens;
  private int tokens;
  private int decodeCount;
  private int tileCount;
  private int decodeContext;
  private long lastUse;

  StagedBatch(CudaContext context, CudaStream stream, BatchPacker packer) {
    this.context = context;
    this.stream = stream;
    this.packer = packer;
    copied = new CudaEvent[] {context.newEvent(), context.newEvent()};
  }

  /** Whether this is where the batch was staged. */
  boolean isOf(RaggedBatch batch) {
    return owner.refersTo(batch);
  }

  /** Makes room for the fullest step of a batch that was not staged here before. */
  void adopt(RaggedBatch batch) {
    owner = new WeakReference<>(null);
    recorded.close();
    long bytes = packer.capacityBytes(batch);
    if (deviceOrNull == null || deviceOrNull.bytes() < bytes) {
      free();
      deviceOrNull = context.memory().allocateUninitialized("staged batch", bytes);
      devicePointer = DevicePointer.to(deviceOrNull.address());
      for (int i = 0; i < pinned.length; i++) {
        pinned[i] = context.pinned(bytes);
        pinnedPointers[i] = HostPointer.to(pinned[i].address());
      }
    }
    mostTokens = Math.min(batch.tokenIds().capacity(), batch.contextLengths().capacity());
    owner = new WeakReference<>(batch);
  }

  /** Brings what the batch holds now to the device. */
  void stage(RaggedBatch batch, long use) {
    lastUse = use;
    turn = 1 - turn;
    copied[turn].synchronize();
    checks.take(batch);
    long bytes = packer.pack(batch, pinned[turn].address(), address());
    stream.copyToDevice(pinnedPointers[turn], devicePointer, bytes);
    stream.record(copied[turn]);
    tokens = batch.tokenCount();
    decodeCount = packer.decodeCount();
    tileCount = packer.tileCount();
    decodeContext = packer.decodeContext();
  }

  /** Device address of the {@code BatchView}. */
  long address() {
    return deviceOrNull.address();
  }

  BatchChecks checks() {
    return checks;
  }

  /** The records of its decoding steps. */
  RecordedSteps recorded() {
    return recorded;
  }

  /** Tokens of the largest step in which every sequence has one. */
  int mostTokens() {
    return mostTokens;
  }

  int tokens() {
    return tokens;
  }

  /** Sequences with exactly one token. */
  int decodeCount() {
    return decodeCount;
  }

  /** Tiles of the sequences with more tokens. */
  int tileCount() {
    return tileCount;
  }

  /** Tokens of the longest of those sequences. */
  int decodeContext() {
    return decodeContext;
  }

  /** When it was staged last, counted in stagings. */
  long lastUse() {
    return lastUse;
  }

  @Override
  public void close() {
    recorded.close();
    for (CudaEvent event : copied) {
      event.close();
    }
    free();
  }

  private void free() {
    if (deviceOrNull != null) {
      deviceOrNull.close();
      deviceOrNull = null;
    }
    for (int i = 0; i < pinned.length; i++) {
      if (pinned[i] != null) {
        pinned[i].close();
        pinned[i] = null;
      }
    }
  }
}

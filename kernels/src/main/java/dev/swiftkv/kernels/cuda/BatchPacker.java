package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.IntSlab;
import dev.swiftkv.kernels.RaggedBatch;
import java.util.Arrays;

/**
 * Writes a step as the kernels read it: the struct {@code BatchView} of {@code arguments.cuh} and,
 * behind it, the arrays it points to, without gaps for what the step does not fill. One copy brings
 * it to the device. Allocates nothing for a step no larger than the ones before.
 */
final class BatchPacker {
  /** The view and padding, so that arrays start aligned. */
  private static final int VIEW_BYTES = 128;

  private static final int POINTERS_AT = 6 * Integer.BYTES;
  private static final int ALIGNMENT = 16;

  /** The smallest block that a KvShape allows, hence the longest block table. */
  private static final int SMALLEST_BLOCK_TOKENS = 16;

  private final int tileTokens;
  private long[] tiles = {};
  private int tileCount;
  private int decodeCount;
  private int decodeContext;
  private long host;
  private long device;
  private long end;
  private int pointers;

  /**
   * A packer for one kind of attention.
   *
   * @param tileTokens tokens of one sequence that a block of the prefill kernel takes
   */
  BatchPacker(int tileTokens) {
    this.tileTokens = tileTokens;
  }

  /** Bytes that the fullest step of a batch takes. */
  long capacityBytes(RaggedBatch batch) {
    long tokens = batch.tokenIds().capacity();
    long sequences = batch.contextLengths().capacity();
    long most = tokens / tileTokens + Math.min(tokens, sequences);
    return VIEW_BYTES
        + 5 * arrayBytes(tokens)
        + 2 * arrayBytes(sequences)
        + arrayBytes(sequences + 1)
        + arrayBytes(2 * most)
        + arrayBytes(sequences * batch.maxBlocksPerSequence());
  }

  /**
   * Packs a step.
   *
   * @param hostAddress where to
   * @param deviceAddress where the copy will lie
   * @return bytes written
   */
  long pack(RaggedBatch batch, long hostAddress, long deviceAddress) {
    host = hostAddress;
    device = deviceAddress;
    end = VIEW_BYTES;
    pointers = 0;
    int tokens = batch.tokenCount();
    int sequences = batch.sequenceCount();
    place(batch.tokenIds(), tokens);
    place(batch.positions(), tokens);
    place(batch.slots(), tokens);
    place(batch.sequences(), tokens);
    place(batch.queryStarts(), sequences + 1);
    place(batch.contextLengths(), sequences);
    int stride = placeBlockTables(batch);
    place(batch.logitRows(), batch.logitCount());
    placeTiles(batch);
    placeDecoding(batch);
    HostMemory.putInt(host, tokens);
    HostMemory.putInt(host + 4, sequences);
    HostMemory.putInt(host + 8, batch.logitCount());
    HostMemory.putInt(host + 12, stride);
    HostMemory.putInt(host + 16, tileCount);
    HostMemory.putInt(host + 20, decodeCount);
    return end;
  }

  /** Tiles of sequences with more than one token in the step packed last. */
  int tileCount() {
    return tileCount;
  }

  /** Sequences with exactly one token in the step packed last. */
  int decodeCount() {
    return decodeCount;
  }

  /** Tokens of the longest of those sequences; 0 if there are none. */
  int decodeContext() {
    return decodeContext;
  }

  private void place(IntSlab from, int count) {
    HostMemory.copy(from.address(), beginArray(), (long) count * Integer.BYTES);
    endArray(count);
  }

  /** Rows are as long as the longest context of the step needs. */
  private int placeBlockTables(RaggedBatch batch) {
    int longest = 0;
    for (int s = 0; s < batch.sequenceCount(); s++) {
      longest = Math.max(longest, batch.contextLengths().get(s));
    }
    int stride = blocks(batch, longest);
    long to = beginArray();
    for (int s = 0; s < batch.sequenceCount(); s++) {
      long from =
          batch.blockTables().address() + (long) s * batch.maxBlocksPerSequence() * Integer.BYTES;
      long bytes = (long) blocks(batch, batch.contextLengths().get(s)) * Integer.BYTES;
      HostMemory.copy(from, to + (long) s * stride * Integer.BYTES, bytes);
    }
    endArray((long) batch.sequenceCount() * stride);
    return stride;
  }

  private static int blocks(RaggedBatch batch, int context) {
    return Math.min(
        (context + SMALLEST_BLOCK_TOKENS - 1) / SMALLEST_BLOCK_TOKENS,
        batch.maxBlocksPerSequence());
  }

  /** Pairs of sequence and first token; what takes longest comes first. */
  private void placeTiles(RaggedBatch batch) {
    tileCount = 0;
    for (int s = 0; s < batch.sequenceCount(); s++) {
      int start = batch.queryStarts().get(s);
      int stop = batch.queryStarts().get(s + 1);
      for (int first = start; first < stop && stop - start > 1; first += tileTokens) {
        int last = Math.min(first + tileTokens, stop) - 1;
        addTile(first, batch.positions().get(last));
      }
    }
    Arrays.sort(tiles, 0, tileCount);
    long to = beginArray();
    for (int i = 0; i < tileCount; i++) {
      int first = (int) tiles[i];
      HostMemory.putInt(to + 8L * i, batch.sequences().get(first));
      HostMemory.putInt(to + 8L * i + 4, first);
    }
    endArray(2L * tileCount);
  }

  private void addTile(int firstToken, int lastPosition) {
    if (tileCount == tiles.length) {
      tiles = Arrays.copyOf(tiles, Math.max(64, 2 * tileCount));
    }
    tiles[tileCount++] = (long) (Integer.MAX_VALUE - lastPosition) << 32 | firstToken;
  }

  private void placeDecoding(RaggedBatch batch) {
    decodeCount = 0;
    decodeContext = 0;
    long to = beginArray();
    for (int s = 0; s < batch.sequenceCount(); s++) {
      if (batch.queryStarts().get(s + 1) - batch.queryStarts().get(s) == 1) {
        HostMemory.putInt(to + 4L * decodeCount++, s);
        decodeContext = Math.max(decodeContext, batch.contextLengths().get(s));
      }
    }
    endArray(decodeCount);
  }

  /** Points the next field of the view to the array that starts here; returns where to write. */
  private long beginArray() {
    HostMemory.putLong(host + POINTERS_AT + 8L * pointers++, device + end);
    return host + end;
  }

  private void endArray(long count) {
    end += arrayBytes(count);
  }

  private static long arrayBytes(long count) {
    return (count * Integer.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.DeviceBuffer;
import dev.swiftkv.kernels.HostDeviceMemory;
import dev.swiftkv.kernels.HostMemory;
import dev.swiftkv.kernels.RaggedBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where the device lies where the host does, what kernels follow can be read here. */
class BatchPackerTest {
  private static final int TILE_TOKENS = 4;
  private static final int MOST_BLOCKS = 100;

  private final HostDeviceMemory memory = new HostDeviceMemory(1 << 20);
  private final BatchPacker packer = new BatchPacker(TILE_TOKENS);
  private final RaggedBatch batch = new RaggedBatch(64, 6, MOST_BLOCKS);

  @AfterEach
  void free() {
    batch.close();
    memory.close();
  }

  @Test
  void theViewHasCountsAndPointsToArrays() {
    batch.clear();
    add(20, 1, 8, 2);
    batch.needLogits();
    add(3, 3, 5);
    batch.needLogits();
    try (DeviceBuffer packed = pack()) {
      long view = packed.address();
      assertThat(ints(view, 6)).containsExactly(4, 2, 2, 2, 1, 1);
      assertThat(array(view, 0, 4)).containsExactly(700, 701, 702, 703);
      assertThat(array(view, 1, 4)).containsExactly(19, 0, 1, 2);
      assertThat(array(view, 2, 4)).containsExactly(2 * 16 + 3, 5 * 16, 5 * 16 + 1, 5 * 16 + 2);
      assertThat(array(view, 3, 4)).containsExactly(0, 1, 1, 1);
      assertThat(array(view, 4, 3)).containsExactly(0, 1, 4);
      assertThat(array(view, 5, 2)).containsExactly(20, 3);
      assertThat(array(view, 6, 3)).containsExactly(8, 2, 5);
      assertThat(array(view, 7, 2)).containsExactly(0, 3);
      assertThat(array(view, 8, 2)).containsExactly(1, 1);
      assertThat(array(view, 9, 1)).containsExactly(0);
    }
    assertThat(packer.decodeCount()).isEqualTo(1);
    assertThat(packer.tileCount()).isEqualTo(1);
    assertThat(packer.decodeContext()).isEqualTo(20);
  }

  @Test
  void tilesWithTheLongestContextComeFirst() {
    batch.clear();
    add(9, 9, 1);
    add(30, 1, 2, 3);
    add(40, 6, 4, 5, 6);
    try (DeviceBuffer packed = pack()) {
      // Sequence and first token; the contexts end at 40, 38, 9, 8 and 4.
      assertThat(array(packed.address(), 8, 10)).containsExactly(2, 14, 2, 10, 0, 8, 0, 4, 0, 0);
      assertThat(array(packed.address(), 9, 1)).containsExactly(1);
    }
  }

  @Test
  void rowsOfTheBlockTablesAreAsLongAsTheStepNeeds() {
    batch.clear();
    add(16, 1, 7);
    add(33, 1, 9, 10, 11);
    try (DeviceBuffer packed = pack()) {
      assertThat(ints(packed.address(), 6)[3]).isEqualTo(3);
      int[] tables = array(packed.address(), 6, 6);
      assertThat(tables[0]).isEqualTo(7);
      assertThat(tables).endsWith(9, 10, 11);
    }
  }

  @Test
  void theFullestStepFitsTheCapacity() {
    batch.clear();
    for (int s = 0; s < 6; s++) {
      int[] blocks = new int[MOST_BLOCKS];
      add(16 * MOST_BLOCKS, s == 0 ? 14 : 10, blocks);
    }
    for (int token = 0; token < 64; token++) {
      batch.tokenIds().set(token, token);
    }
    try (DeviceBuffer packed = pack()) {
      assertThat(array(packed.address(), 0, 64)).endsWith(62, 63);
    }
    assertThat(packer.tileCount()).isEqualTo(4 + 5 * 3);
  }

  /** Adds the last tokens of a sequence, in blocks of 16. */
  private void add(int context, int tokens, int... blocks) {
    int row = batch.addSequence(context);
    for (int i = 0; i < blocks.length; i++) {
      batch.blockTables().set(row * MOST_BLOCKS + i, blocks[i]);
    }
    for (int position = context - tokens; position < context; position++) {
      int slot = blocks[position / 16] * 16 + position % 16;
      batch.addToken(700 + batch.tokenCount(), position, slot);
    }
  }

  private DeviceBuffer pack() {
    long capacity = packer.capacityBytes(batch);
    DeviceBuffer buffer = memory.allocate("packed", capacity);
    assertThat(packer.pack(batch, buffer.address(), buffer.address())).isBetween(1L, capacity);
    return buffer;
  }

  private static int[] array(long view, int pointer, int count) {
    return ints(HostMemory.getLong(view + 24 + 8L * pointer), count);
  }

  private static int[] ints(long address, int count) {
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = HostMemory.getInt(address + 4L * i);
    }
    return values;
  }
}

package dev.swiftkv.spark.plan;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.spark.TaskContext;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.MemoryMode;
import org.apache.spark.memory.TaskMemoryManager;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Rows that wait for their answers, first in, first out: up to a number of bytes in memory, which
 * is accounted with Spark's, the rest on disk. Rows are written to disk too when another operator
 * of the task needs the memory.
 *
 * <p>The rows in memory come before those in files, and files are in the order of their rows.
 */
final class RowQueue extends MemoryConsumer implements AutoCloseable {
  /** Memory is asked for in pieces: for single rows that would take longer than copying them. */
  private static final long PIECE_BYTES = 1 << 20;

  private final int fields;
  private final long maxBytes;
  private final TaskContext task;
  private final ArrayDeque<UnsafeRow> memory = new ArrayDeque<>();
  private final ArrayDeque<RowFile> files = new ArrayDeque<>();

  // Spark may ask for memory on another thread of the task, such as one that feeds Python.
  private final ReentrantLock lock = new ReentrantLock();
  private RowFile growingOrNull; // the last of the files, as long as it is written
  private long memoryBytes;
  private long reservedBytes;
  private long spilledBytes;

  /**
   * An empty queue.
   *
   * @param fields columns of a row
   * @param maxBytes most bytes of rows in memory; a single row may be longer
   */
  RowQueue(TaskContext task, TaskMemoryManager manager, int fields, long maxBytes) {
    super(manager, MemoryMode.ON_HEAP);
    this.task = task;
    this.fields = fields;
    this.maxBytes = maxBytes;
  }

  boolean isEmpty() {
    return memory.isEmpty() && files.isEmpty();
  }

  /** Bytes that were written to disk. */
  long spilledBytes() {
    return spilledBytes;
  }

  /** Appends a row, of which a copy is kept. */
  void add(UnsafeRow row) {
    lock.lock();
    try {
      if (files.isEmpty() && reserve(row.getSizeInBytes())) {
        memory.add(row.copy());
        memoryBytes += row.getSizeInBytes();
      } else {
        if (growingOrNull == null) {
          growingOrNull = new RowFile();
          files.add(growingOrNull);
        }
        write(growingOrNull, row);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes the first row, which is the caller's. */
  UnsafeRow remove() {
    lock.lock();
    try {
      UnsafeRow row = memory.poll();
      if (row == null) {
        return removeFromFile();
      }
      memoryBytes -= row.getSizeInBytes();
      giveBack();
      return row;
    } finally {
      lock.unlock();
    }
  }

  private UnsafeRow removeFromFile() {
    RowFile file = files.getFirst();
    if (file == growingOrNull) {
      file.finish();
      growingOrNull = null;
    }
    UnsafeRow row = file.read(fields);
    if (file.isEmpty()) {
      files.removeFirst().close();
    }
    return row;
  }

  private boolean reserve(long bytes) {
    if (!memory.isEmpty() && memoryBytes + bytes > maxBytes) {
      return false;
    }
    long missing = memoryBytes + bytes - reservedBytes;
    if (missing > 0) {
      reservedBytes += acquireMemory(Math.max(missing, PIECE_BYTES));
    }
    return memoryBytes + bytes <= reservedBytes;
  }

  private void giveBack() {
    long idle = reservedBytes - memoryBytes;
    if (memory.isEmpty() || idle > 2 * PIECE_BYTES) {
      freeMemory(idle);
      reservedBytes -= idle;
    }
  }

  private void write(RowFile file, UnsafeRow row) {
    file.write(row);
    spilledBytes += row.getSizeInBytes();
    task.taskMetrics().incDiskBytesSpilled(row.getSizeInBytes());
  }

  /**
   * Moves what is in memory to disk.
   *
   * @return bytes freed; 0 where the queue itself asks for memory or is in use on another thread
   */
  @Override
  public long spill(long size, MemoryConsumer trigger) {
    if (trigger == this || lock.isHeldByCurrentThread() || !lock.tryLock()) {
      return 0;
    }
    try {
      if (memory.isEmpty()) {
        return 0;
      }
      RowFile file = new RowFile();
      memory.forEach(row -> write(file, row));
      file.finish();
      files.addFirst(file);
      memory.clear();
      task.taskMetrics().incMemoryBytesSpilled(memoryBytes);
      memoryBytes = 0;
      long freed = reservedBytes;
      giveBack();
      return freed;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets the rows, gives the memory back and deletes the files. */
  @Override
  public void close() {
    lock.lock();
    try {
      memory.clear();
      memoryBytes = 0;
      giveBack();
      growingOrNull = null;
      files.forEach(RowFile::close);
      files.clear();
    } finally {
      lock.unlock();
    }
  }
}

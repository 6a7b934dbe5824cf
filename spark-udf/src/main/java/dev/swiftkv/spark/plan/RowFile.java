package dev.swiftkv.spark.plan;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Rows in a temporary file of the executor: first all are written, then each is read once, in the
 * same order. Encrypted where Spark encrypts what it spills.
 */
final class RowFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final File file;
  private final byte[] copyBuffer = new byte[BUFFER_BYTES];
  private DataOutputStream outOrNull;
  private DataInputStream inOrNull;
  private int unread;

  RowFile() {
    SparkEnv spark = SparkEnv.get();
    file = spark.blockManager().diskBlockManager().createTempLocalBlock()._2();
    try {
      outOrNull =
          new DataOutputStream(
              new BufferedOutputStream(
                  spark.serializerManager().wrapForEncryption(Files.newOutputStream(file.toPath())),
                  BUFFER_BYTES));
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  boolean isEmpty() {
    return unread == 0;
  }

  void write(UnsafeRow row) {
    try {
      outOrNull.writeInt(row.getSizeInBytes());
      row.writeToStream(outOrNull, copyBuffer);
      unread++;
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  /** Ends the writing. */
  void finish() {
    try {
      outOrNull.close();
      outOrNull = null;
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  /** The next row, which is the caller's. Writing must have ended. */
  UnsafeRow read(int fields) {
    try {
      if (inOrNull == null) {
        inOrNull =
            new DataInputStream(
                new BufferedInputStream(
                    SparkEnv.get()
                        .serializerManager()
                        .wrapForEncryption(Files.newInputStream(file.toPath())),
                    BUFFER_BYTES));
      }
      byte[] bytes = new byte[inOrNull.readInt()];
      inOrNull.readFully(bytes);
      unread--;
      UnsafeRow row = new UnsafeRow(fields);
      row.pointTo(bytes, bytes.length);
      return row;
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  private UncheckedIOException failed(String what, IOException e) {
    return new UncheckedIOException(
        "Rows that wait for answers could not be %s at %s: %s. Give spark.local.dir room, or raise"
                .formatted(what, file, e.getMessage())
            + " spark.swiftkv.windowBytes to keep more of them in memory",
        e);
  }

  /** Deletes the file. */
  @Override
  public void close() {
    try {
      if (outOrNull != null) {
        outOrNull.close();
      }
      if (inOrNull != null) {
        inOrNull.close();
      }
      Files.deleteIfExists(file.toPath());
    } catch (IOException e) {
      throw failed("deleted", e);
    }
  }
}

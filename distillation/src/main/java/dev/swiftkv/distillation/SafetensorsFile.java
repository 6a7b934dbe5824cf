package dev.swiftkv.distillation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.kernels.Bf16;
import dev.swiftkv.kernels.DType;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** Writes tensors to one safetensors file. */
final class SafetensorsFile {
  private static final int ALIGNMENT = 8;
  private static final ObjectMapper JSON = new ObjectMapper();

  private SafetensorsFile() {}

  /**
   * Writes a new file.
   *
   * @param dtype F32, or BF16 by rounding to nearest even
   */
  static void write(Path file, List<TensorSource> tensors, DType dtype) throws IOException {
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), 1 << 20)) {
      writeHeader(out, tensors, dtype);
      for (TensorSource tensor : tensors) {
        writeRows(out, tensor, dtype);
      }
    }
  }

  private static void writeHeader(OutputStream out, List<TensorSource> tensors, DType dtype)
      throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (TensorSource tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", dtype.name());
      tensor.shape().forEach(entry.withArray("shape")::add);
      long end = offset + tensor.elements() * dtype.bytes();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    // Spaces after the JSON keep the data aligned.
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] text = Arrays.copyOf(json, padded);
    Arrays.fill(text, json.length, padded, (byte) ' ');
    byte[] length = new byte[Long.BYTES];
    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    out.write(length);
    out.write(text);
  }

  private static void writeRows(OutputStream out, TensorSource tensor, DType dtype)
      throws IOException {
    int columns = tensor.rows().columns();
    float[] row = new float[columns];
    byte[] bytes = new byte[columns * dtype.bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < tensor.rows().rows(); i++) {
      tensor.rows().readRow(i, row);
      buffer.clear();
      for (float value : row) {
        if (dtype == DType.F32) {
          buffer.putFloat(value);
        } else {
          buffer.putShort(Bf16.fromFloat(value));
        }
      }
      out.write(bytes);
    }
  }
}

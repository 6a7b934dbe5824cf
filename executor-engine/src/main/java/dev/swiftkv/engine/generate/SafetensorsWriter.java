package dev.swiftkv.engine.generate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.kernels.Bf16;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** Writes one safetensors file of planned tensors, streaming: memory does not grow with size. */
final class SafetensorsWriter {
  private static final int CHUNK_ELEMENTS = 1 << 20;
  private static final int ALIGNMENT = 8;

  private final DType dtype;
  private final long seed;
  private final float[] values = new float[CHUNK_ELEMENTS];
  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(CHUNK_ELEMENTS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  SafetensorsWriter(DType dtype, long seed) {
    this.dtype = dtype;
    this.seed = seed;
  }

  void write(Path file, List<PlannedTensor> tensors) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeAll(channel, header(tensors));
      for (PlannedTensor tensor : tensors) {
        writeTensor(channel, tensor);
      }
    }
  }

  private ByteBuffer header(List<PlannedTensor> tensors) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode header = mapper.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (PlannedTensor tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", dtype.name());
      tensor.shape().forEach(entry.withArray("shape")::add);
      long end = offset + tensor.elements() * dtype.bytes();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = mapper.writeValueAsBytes(header);
    // Spaces after the JSON keep the data aligned, as the format's own writer does.
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] text = Arrays.copyOf(json, padded);
    Arrays.fill(text, json.length, padded, (byte) ' ');
    return ByteBuffer.allocate(Long.BYTES + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(padded)
        .put(text)
        .flip();
  }

  private void writeTensor(FileChannel channel, PlannedTensor tensor) throws IOException {
    Noise noise = new Noise(seed, tensor.name());
    for (long first = 0; first < tensor.elements(); first += CHUNK_ELEMENTS) {
      int count = (int) Math.min(CHUNK_ELEMENTS, tensor.elements() - first);
      noise.fill(first, values, count);
      for (int i = 0; i < count; i++) {
        values[i] = tensor.mean() + tensor.deviation() * values[i];
      }
      encode(count);
      writeAll(channel, bytes);
    }
  }

  private void encode(int count) {
    bytes.clear().limit(count * dtype.bytes());
    if (dtype == DType.F32) {
      FloatBuffer floats = bytes.asFloatBuffer();
      floats.put(values, 0, count);
      return;
    }
    ShortBuffer shorts = bytes.asShortBuffer();
    for (int i = 0; i < count; i++) {
      shorts.put(i, Bf16.fromFloat(values[i]));
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }
}

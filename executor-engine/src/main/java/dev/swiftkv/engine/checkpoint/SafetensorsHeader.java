package dev.swiftkv.engine.checkpoint;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Reads the header of a safetensors file: 8 bytes of length, little-endian, then JSON that gives
 * each tensor's dtype, shape and range in the data that follows. The ranges must cover the data
 * without overlap or hole, as the format's specification asks, so a truncated file cannot pass.
 */
final class SafetensorsHeader {
  private static final int LENGTH_BYTES = 8;
  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final Map<String, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("I64", 8),
          Map.entry("U64", 8),
          Map.entry("F32", 4),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("I8", 1),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1));

  private final Path file;
  private final long fileBytes;
  private final long dataStart;

  private SafetensorsHeader(Path file, long fileBytes, long dataStart) {
    this.file = file;
    this.fileBytes = fileBytes;
    this.dataStart = dataStart;
  }

  /** The tensors of a file, in the order of their data. */
  static List<TensorEntry> read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long fileBytes = channel.size();
      if (fileBytes < LENGTH_BYTES) {
        throw broken(file, "it has %d bytes, fewer than a header".formatted(fileBytes));
      }
      ByteBuffer start = bytes(channel, 0, LENGTH_BYTES);
      if (new String(start.array(), StandardCharsets.US_ASCII).equals("version ")) {
        throw broken(file, "it is a Git LFS pointer, not the weights: run 'git lfs pull'");
      }
      long headerBytes = start.order(ByteOrder.LITTLE_ENDIAN).getLong();
      long limit = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
      if (headerBytes < 2 || headerBytes > limit) {
        throw broken(
            file,
            "its header claims %s bytes; a file of %d bytes allows 2 to %d"
                .formatted(Long.toUnsignedString(headerBytes), fileBytes, limit));
      }
      byte[] json = bytes(channel, LENGTH_BYTES, (int) headerBytes).array();
      return new SafetensorsHeader(file, fileBytes, LENGTH_BYTES + headerBytes).entries(json);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "%s cannot be read (%s). Check that it exists and its permissions".formatted(file, e),
          e);
    }
  }

  private List<TensorEntry> entries(byte[] json) {
    List<TensorEntry> entries = new ArrayList<>();
    JsonNode root = parse(json);
    root.properties()
        .forEach(
            field -> {
              if (!field.getKey().equals("__metadata__")) {
                entries.add(entry(field.getKey(), field.getValue()));
              }
            });
    entries.sort(
        Comparator.comparingLong(TensorEntry::offset).thenComparingLong(TensorEntry::bytes));
    checkCoverage(entries);
    return entries;
  }

  private JsonNode parse(byte[] json) {
    try {
      JsonMapper mapper =
          JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
      JsonNode root = mapper.readTree(json);
      if (!root.isObject()) {
        throw broken(file, "its header is not a JSON object");
      }
      return root;
    } catch (IOException e) {
      throw broken(file, "its header is not JSON (%s)".formatted(firstLine(e)));
    }
  }

  private TensorEntry entry(String name, JsonNode node) {
    String dtype = node.path("dtype").asText();
    Integer elementBytes = ELEMENT_BYTES.get(dtype);
    if (elementBytes == null) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "%s: tensor %s has dtype '%s', which is not known. Known: %s"
              .formatted(file, name, dtype, ELEMENT_BYTES.keySet().stream().sorted().toList()));
    }
    JsonNode offsets = node.path("data_offsets");
    if (offsets.size() != 2 || !isSize(offsets.get(0)) || !isSize(offsets.get(1))) {
      throw broken(file, "tensor %s has data_offsets %s".formatted(name, offsets));
    }
    long begin = offsets.get(0).longValue();
    long end = offsets.get(1).longValue();
    long dataBytes = fileBytes - dataStart;
    if (begin > end || end > dataBytes) {
      throw broken(
          file,
          "tensor %s claims bytes %d to %d of the data; there are %d. The file is truncated or lies"
              .formatted(name, begin, end, dataBytes));
    }
    List<Long> shape = shape(name, node.path("shape"));
    checkSize(name, shape, elementBytes, end - begin);
    return new TensorEntry(name, dtype, shape, file, dataStart + begin, end - begin);
  }

  private List<Long> shape(String name, JsonNode node) {
    List<Long> shape = new ArrayList<>();
    if (!node.isArray()) {
      throw broken(file, "tensor %s has shape %s".formatted(name, node));
    }
    for (JsonNode dimension : node) {
      if (!isSize(dimension)) {
        throw broken(file, "tensor %s has shape %s".formatted(name, node));
      }
      shape.add(dimension.longValue());
    }
    return shape;
  }

  private void checkSize(String name, List<Long> shape, int elementBytes, long bytes) {
    long needed = elementBytes;
    try {
      for (long dimension : shape) {
        needed = Math.multiplyExact(needed, dimension);
      }
    } catch (ArithmeticException e) {
      throw broken(file, "tensor %s has shape %s, beyond any file".formatted(name, shape));
    }
    if (needed != bytes) {
      throw broken(
          file,
          "tensor %s of shape %s needs %d bytes; its data_offsets give %d"
              .formatted(name, shape, needed, bytes));
    }
  }

  private void checkCoverage(List<TensorEntry> entries) {
    long next = dataStart;
    String before = "the header";
    for (TensorEntry entry : entries) {
      if (entry.offset() != next) {
        throw broken(
            file,
            "tensor %s %s %s"
                .formatted(
                    entry.name(),
                    entry.offset() < next ? "overlaps" : "leaves a hole after",
                    before));
      }
      next = entry.offset() + entry.bytes();
      before = "tensor " + entry.name();
    }
    if (next != fileBytes) {
      throw broken(
          file, "%d bytes follow %s that belong to no tensor".formatted(fileBytes - next, before));
    }
  }

  private static boolean isSize(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
  }

  private static ByteBuffer bytes(FileChannel channel, long position, int count)
      throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    while (into.hasRemaining()) {
      if (channel.read(into, position + into.position()) < 0) {
        throw new EOFException("it ends early");
      }
    }
    return into.flip();
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static EngineException broken(Path file, String why) {
    return new EngineException(
        ErrorCategory.INVALID_CHECKPOINT,
        "%s is not a valid safetensors file: %s. Download it again".formatted(file, why));
  }
}

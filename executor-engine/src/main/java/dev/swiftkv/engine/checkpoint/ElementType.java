package dev.swiftkv.engine.checkpoint;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.Bf16;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;

/** The element types that weights are read from, each widened to f32 exactly. */
enum ElementType {
  F32(4) {
    @Override
    void read(ByteBuffer from, float[] into, int count) {
      from.asFloatBuffer().get(into, 0, count);
    }
  },
  BF16(2) {
    @Override
    void read(ByteBuffer from, float[] into, int count) {
      ShortBuffer values = from.asShortBuffer();
      for (int i = 0; i < count; i++) {
        into[i] = Bf16.toFloat(values.get(i));
      }
    }
  },
  F16(2) {
    @Override
    void read(ByteBuffer from, float[] into, int count) {
      ShortBuffer values = from.asShortBuffer();
      for (int i = 0; i < count; i++) {
        into[i] = dev.swiftkv.kernels.F16.toFloat(values.get(i));
      }
    }
  };

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  int bytes() {
    return bytes;
  }

  abstract void read(ByteBuffer from, float[] into, int count);

  static ElementType of(TensorEntry entry) {
    return Arrays.stream(values())
        .filter(type -> type.name().equals(entry.dtype()))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    ErrorCategory.UNSUPPORTED,
                    "%s: tensor %s has dtype %s; weights are read from %s. Convert the checkpoint"
                        .formatted(
                            entry.file(), entry.name(), entry.dtype(), Arrays.toString(values()))));
  }
}

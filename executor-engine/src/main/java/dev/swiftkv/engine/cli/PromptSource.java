package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.Prompt;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Prompts, one after the other. Bytes go to the engine as they are, so that a line that is not
 * UTF-8 fails alone.
 */
interface PromptSource extends Iterator<Prompt> {
  /** Whether the next prompt can be had without waiting for somebody to type it. */
  boolean isReady();

  /** One prompt. */
  static PromptSource of(Prompt prompt) {
    Iterator<Prompt> one = List.of(prompt).iterator();
    return new PromptSource() {
      @Override
      public boolean isReady() {
        return true;
      }

      @Override
      public boolean hasNext() {
        return one.hasNext();
      }

      @Override
      public Prompt next() {
        return one.next();
      }
    };
  }

  /** A file as one prompt, without the newline at its end. */
  static PromptSource ofFile(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      boolean newline = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
      int length = newline ? bytes.length - 1 : bytes.length;
      return of(new Prompt.Utf8(ByteBuffer.wrap(bytes, 0, length)));
    } catch (IOException e) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The prompt file %s cannot be read: %s".formatted(file, e),
          e);
    }
  }

  /** Every line as a prompt. */
  static PromptSource ofLines(InputStream input) {
    return new Lines(new BufferedInputStream(input));
  }

  /** Reads ahead by one line. */
  final class Lines implements PromptSource {
    private final InputStream input;
    private byte[] nextOrNull;

    private Lines(InputStream input) {
      this.input = input;
    }

    @Override
    public boolean isReady() {
      try {
        return nextOrNull != null || input.available() > 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean hasNext() {
      if (nextOrNull == null) {
        nextOrNull = readLine();
      }
      return nextOrNull != null;
    }

    @Override
    public Prompt next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      byte[] line = nextOrNull;
      nextOrNull = null;
      return new Prompt.Utf8(ByteBuffer.wrap(line));
    }

    private byte[] readLine() {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      try {
        int next = input.read();
        if (next < 0) {
          return null;
        }
        while (next >= 0 && next != '\n') {
          line.write(next);
          next = input.read();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      byte[] bytes = line.toByteArray();
      boolean windows = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
      return windows ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }
  }
}

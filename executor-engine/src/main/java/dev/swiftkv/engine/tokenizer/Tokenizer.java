package dev.swiftkv.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

/**
 * Text to token ids and back, as the {@code tokenizer.json} of a checkpoint says. Never truncates
 * and never pads, whatever the file asks for: the engine has its own policy for long prompts. Safe
 * from any thread.
 *
 * <p>The library is called below its Java wrapper, which computes spans, words and masks for every
 * token and truncates at 512 unless told otherwise.
 */
public final class Tokenizer implements AutoCloseable {
  /** Its name in a checkpoint. */
  public static final String FILE_NAME = "tokenizer.json";

  /** A SentencePiece model, which older checkpoints have instead. */
  public static final String SENTENCE_PIECE_FILE_NAME = "tokenizer.model";

  private final TokenizersLibrary library;
  private final long handle;
  private final int vocabularySize;
  private final BitSet special;
  private final Optional<TokenBytes> tokenBytes;
  private final Optional<TokenBytes> writtenBytes;

  /** Shared while a call runs, exclusive while the native memory is freed. */
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  private boolean closed;

  private Tokenizer(TokenizersLibrary library, long handle, TokenizerFile file) {
    this.library = library;
    this.handle = handle;
    this.vocabularySize = file.tokens().size();
    this.special = file.special();
    this.tokenBytes =
        file.decoderType().equals("ByteLevel")
            ? Optional.of(TokenBytes.of(file.tokens()))
            : Optional.empty();
    this.writtenBytes =
        tokenBytes.isPresent()
            ? tokenBytes
            : file.spaceMarkOrNull() == null
                ? Optional.empty()
                : Optional.of(
                    TokenBytes.ofPieces(file.tokens(), file.spaceMarkOrNull(), file.stripsSpace()));
  }

  /**
   * Reads the tokenizer of a checkpoint.
   *
   * @param modelDirectory holds {@value #FILE_NAME}, or {@value #SENTENCE_PIECE_FILE_NAME}
   * @throws EngineException MODEL_NOT_FOUND without the directory, INVALID_CHECKPOINT if the file
   *     is missing or damaged, UNSUPPORTED where the native library cannot be loaded
   */
  public static Tokenizer open(Path modelDirectory) {
    if (!Files.isDirectory(modelDirectory)) {
      throw new EngineException(
          ErrorCategory.MODEL_NOT_FOUND, "No model directory at " + modelDirectory);
    }
    return openFile(
        file(modelDirectory)
            .orElseThrow(
                () ->
                    new EngineException(
                        ErrorCategory.INVALID_CHECKPOINT,
                        "No %s in %s; save the tokenizer in the fast format (save_pretrained) beside the weights"
                            .formatted(FILE_NAME, modelDirectory))));
  }

  /** Why no tokenizer can be read on this machine, in one sentence; empty if they can. */
  public static Optional<String> unavailableReason() {
    return TokenizerLibrary.unavailableReason();
  }

  /** Whether a checkpoint has a tokenizer. */
  public static boolean existsIn(Path modelDirectory) {
    return file(modelDirectory).isPresent();
  }

  private static Optional<Path> file(Path modelDirectory) {
    return Stream.of(FILE_NAME, SENTENCE_PIECE_FILE_NAME)
        .map(modelDirectory::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * Reads a tokenizer from a file of any name, otherwise like {@link #open}.
   *
   * @param path a SentencePiece model if it ends in {@code .model}
   */
  public static Tokenizer openFile(Path path) {
    TokenizersLibrary library = TokenizerLibrary.get();
    try {
      String json =
          path.toString().endsWith(".model")
              ? SentencePieceConverter.toJson(
                  SentencePieceModel.parse(Files.readAllBytes(path)), addsBegin(path))
              : Files.readString(path);
      TokenizerFile file = TokenizerFile.parse(json);
      long handle = library.createTokenizerFromString(json);
      library.disableTruncation(handle);
      library.disablePadding(handle);
      return new Tokenizer(library, handle, file);
    } catch (IOException | RuntimeException e) {
      throw new EngineException(
          ErrorCategory.INVALID_CHECKPOINT,
          "The tokenizer %s is damaged or of an unknown form: %s; fetch the file again"
              .formatted(path, firstLine(e)),
          e);
    }
  }

  /**
   * Tokens of a text. Special tokens written out in the text count as special tokens.
   *
   * @param addSpecialTokens whether the tokenizer's own frame, such as a beginning-of-sequence
   *     token, is put around the text; not for text that a chat template rendered, which writes its
   *     own
   */
  public int[] encode(CharSequence text, boolean addSpecialTokens) {
    String valid = WellFormedText.of(text);
    lock.readLock().lock();
    try {
      checkOpen();
      long encoding = library.encode(handle, valid, addSpecialTokens);
      try {
        return toInts(library.getTokenIds(encoding));
      } finally {
        library.deleteEncoding(encoding);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Text of tokens. Bytes that are not UTF-8 become U+FFFD, ids outside the vocabulary nothing.
   *
   * @param skipSpecialTokens whether special tokens are left out
   */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    lock.readLock().lock();
    try {
      checkOpen();
      return library.decode(handle, wide, skipSpecialTokens);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** One more than the largest id; a model may have a few rows more, for alignment. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** Whether a token never appears in decoded text. */
  public boolean isSpecial(int id) {
    return id >= 0 && special.get(id);
  }

  /** The bytes behind each token, if this is a byte-level tokenizer. */
  public Optional<TokenBytes> tokenBytes() {
    return tokenBytes;
  }

  /**
   * The bytes that each token writes after others, for byte-level tokenizers and for those that
   * mark spaces and fall back to bytes. Others join tokens in ways that depend on their neighbors.
   */
  public Optional<TokenBytes> writtenBytes() {
    return writtenBytes;
  }

  /** Frees the native memory once no call runs any more. May be called twice. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        library.deleteTokenizer(handle);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** A SentencePiece model does not say it itself; where nobody does, a text has a begin. */
  private static boolean addsBegin(Path path) throws IOException {
    Path config = path.resolveSibling("tokenizer_config.json");
    return !Files.isRegularFile(config)
        || new ObjectMapper().readTree(config.toFile()).path("add_bos_token").asBoolean(true);
  }

  private void checkOpen() {
    if (closed) {
      throw new EngineException(ErrorCategory.CANCELLED, "The tokenizer is closed");
    }
  }

  private static int[] toInts(long[] ids) {
    int[] result = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      result[i] = Math.toIntExact(ids[i]);
    }
    return result;
  }

  private static String firstLine(Exception e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}

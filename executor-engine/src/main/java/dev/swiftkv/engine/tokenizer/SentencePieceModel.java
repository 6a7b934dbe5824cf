package dev.swiftkv.engine.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a SentencePiece model file that say how text becomes tokens. The file is one
 * protocol buffer, {@code ModelProto} of sentencepiece_model.proto.
 */
final class SentencePieceModel {
  /** What a piece is; numbers as in the file. */
  enum PieceType {
    /** Text. */
    NORMAL,
    /** Stands for what the vocabulary lacks. */
    UNKNOWN,
    /** Begin and end of text and the like. */
    CONTROL,
    /** Text that is never split. */
    USER_DEFINED,
    /** Never chosen. */
    UNUSED,
    /** One byte, for characters that the vocabulary lacks. */
    BYTE
  }

  /**
   * A piece; its place in the list is its id.
   *
   * @param score logarithm of its probability, or its rank as a merge; larger is preferred
   */
  record Piece(String text, float score, PieceType type) {}

  private static final int BPE = 2;
  private static final int UNIGRAM = 1;

  private final List<Piece> pieces = new ArrayList<>();
  private int modelType = UNIGRAM;
  private boolean byteFallback;
  private String unknownSurface = " \u2047 ";
  private byte[] characterMap = new byte[0];
  private boolean dummyPrefix = true;
  private boolean extraSpacesRemoved = true;

  private SentencePieceModel() {}

  /**
   * Reads a model.
   *
   * @throws IOException if the bytes are not one, or one of another kind than BPE and Unigram
   */
  static SentencePieceModel parse(byte[] bytes) throws IOException {
    SentencePieceModel model = new SentencePieceModel();
    WireReader reader = new WireReader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> model.pieces.add(piece(reader.bytes()));
        case 2 -> model.readTrainer(reader.bytes());
        case 3 -> model.readNormalizer(reader.bytes());
        default -> {
          // Training data and self-tests.
        }
      }
    }
    if (model.pieces.isEmpty()) {
      throw new IOException("no pieces in it");
    }
    if (model.modelType != BPE && model.modelType != UNIGRAM) {
      throw new IOException("its kind is neither BPE nor Unigram");
    }
    return model;
  }

  List<Piece> pieces() {
    return pieces;
  }

  boolean isBpe() {
    return modelType == BPE;
  }

  /** Whether characters that the vocabulary lacks become their bytes. */
  boolean byteFallback() {
    return byteFallback;
  }

  /** What the unknown piece looks like in text. */
  String unknownSurface() {
    return unknownSurface;
  }

  /** A compiled map of characters, in the form that the tokenizers library reads; may be empty. */
  byte[] characterMap() {
    return characterMap;
  }

  /** Whether text gets a space in front. */
  boolean dummyPrefix() {
    return dummyPrefix;
  }

  /** Whether spaces at the ends and repeated spaces are dropped. */
  boolean extraSpacesRemoved() {
    return extraSpacesRemoved;
  }

  private static Piece piece(byte[] bytes) throws IOException {
    String text = "";
    float score = 0;
    PieceType type = PieceType.NORMAL;
    WireReader reader = new WireReader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> text = new String(reader.bytes(), StandardCharsets.UTF_8);
        case 2 -> score = Float.intBitsToFloat((int) reader.number());
        case 3 -> type = pieceType(reader.number());
        default -> {
          // Nothing else concerns us.
        }
      }
    }
    return new Piece(text, score, type);
  }

  private static PieceType pieceType(long number) throws IOException {
    PieceType[] all = PieceType.values();
    if (number < 1 || number > all.length) {
      throw new IOException("a piece has type " + number);
    }
    return all[(int) number - 1];
  }

  private void readTrainer(byte[] bytes) throws IOException {
    WireReader reader = new WireReader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 3 -> modelType = (int) reader.number();
        case 35 -> byteFallback = reader.number() != 0;
        case 44 -> unknownSurface = new String(reader.bytes(), StandardCharsets.UTF_8);
        default -> {
          // How the model was trained.
        }
      }
    }
  }

  private void readNormalizer(byte[] bytes) throws IOException {
    WireReader reader = new WireReader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 2 -> characterMap = reader.bytes();
        case 3 -> dummyPrefix = reader.number() != 0;
        case 4 -> extraSpacesRemoved = reader.number() != 0;
        default -> {
          // Spaces are always written as the visible mark.
        }
      }
    }
  }
}

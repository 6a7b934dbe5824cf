package dev.swiftkv.engine.constraint;

/**
 * A place in a language of bytes from which an end can be reached. Equal places are one object, as
 * long as the language is in use, so that what is known about them can be kept by identity.
 */
interface ByteState {
  /** The place after a byte from 0 to 255; null if the language goes on otherwise. */
  ByteState next(int value);

  /** Whether the text may end here. */
  boolean mayEnd();

  /**
   * Bytes to an end that can be reached from here: 0 exactly where the text may end, and elsewhere
   * some byte leads to a place from where it is at least one less.
   */
  int bytesToEnd();

  /**
   * So many characters may follow, and no more without a byte that is none of them, whichever they
   * are among those that JSON needs no escape for. 0 where it depends.
   */
  default int freeCharacters() {
    return 0;
  }

  /** Whether free characters do not change what is the nearest end. */
  default boolean isSteady() {
    return false;
  }

  /** What places have in common that are followed by the same tokens, where no limit is near. */
  default Object sameTokens() {
    return this;
  }
}

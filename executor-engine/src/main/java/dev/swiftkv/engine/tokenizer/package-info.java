/**
 * Text to token ids and back, exactly as the checkpoint's {@code tokenizer.json} says.
 *
 * <p>The work is done by the Hugging Face tokenizers library, whose native code comes with the jar
 * and is loaded from a directory of this JVM alone. {@link dev.swiftkv.engine.tokenizer.Tokenizer}
 * adds what an engine needs around it: no truncation, no padding, errors with a category, and
 * memory that cannot be freed under a running call.
 */
package dev.swiftkv.engine.tokenizer;

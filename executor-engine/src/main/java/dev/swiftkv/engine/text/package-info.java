/**
 * Generated tokens to text, one token at a time.
 *
 * <p>A token is not a piece of text: a character may be spread over several tokens, a token may end
 * inside a character, and some tokenizers write a space only between words. {@link
 * dev.swiftkv.engine.text.TextStream} joins tokens, never shows half a character, and finds stop
 * strings wherever they begin and end.
 */
package dev.swiftkv.engine.text;

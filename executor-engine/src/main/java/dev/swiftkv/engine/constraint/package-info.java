/**
 * Constrained decoding: which tokens may come next, so that a completion is one of some texts or a
 * JSON document valid for a schema, whatever the model.
 *
 * <p>A {@link dev.swiftkv.engine.constraint.ByteState} is a place in a language of bytes that knows
 * the way to its nearest end. {@link dev.swiftkv.engine.constraint.TokenMasks} walks the tokens of
 * a vocabulary from such a place and keeps which of them stay in the language.
 */
package dev.swiftkv.engine.constraint;

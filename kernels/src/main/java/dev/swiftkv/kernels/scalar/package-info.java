/**
 * The definition of every operation, in plain Java.
 *
 * <p>{@link dev.swiftkv.kernels.scalar.ScalarBackend} needs nothing but a JVM. Its operations say
 * what {@link dev.swiftkv.kernels.Ops} means, bit by bit: which sum runs in which order, and where
 * a value is rounded. Faster backends are compared with it by the contract tests, and where none of
 * them can be used it serves, slowly.
 *
 * <p>Java's floating point is strict, so a fixed order of operations gives the same bits whether
 * HotSpot interprets a loop or vectorises it, and on however many threads the outputs are spread.
 */
package dev.swiftkv.kernels.scalar;

/**
 * JMH benchmarks of single operations: {@code benchmarks/run kernels}. Besides the time they report
 * billions of floating-point operations a second, to compare with what the CPU can do.
 */
package dev.swiftkv.benchmarks.kernels;

/**
 * The fast twin of the Java operations on x86-64 Linux: oneDNN's matrix products and our C++ in one
 * shared library.
 *
 * <p>{@link dev.swiftkv.kernels.cpu.NativeCpuBackend} is the device. {@code NativeCpuOps} checks
 * the arguments of every operation, {@code NativeViews} packs batches and pages into arrays of
 * longs, and {@code MatrixNatives} and {@code AttentionNatives} hand them to the C++ in {@code
 * src/main/cpp}, whose {@code build.sh} says which file is compiled for which instruction set.
 * {@code NativeLibrary} unpacks and loads the library, or says in one sentence why it cannot.
 *
 * <p>All products go through the C++ class {@code Gemm}, so that a kernel of our own can take over
 * from oneDNN. It packs each weight once, runs rows in blocks of a few fixed sizes, and proves each
 * size bitwise equal to the others before it is used: that is how a row's result does not depend on
 * the rows beside it.
 *
 * <p>oneDNN and our loops share one pool of OpenMP threads, which wait without spinning: an
 * executor's cores are never ours alone.
 */
package dev.swiftkv.kernels.cpu;

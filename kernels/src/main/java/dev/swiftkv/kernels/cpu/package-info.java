/**
 * The fast twin of the Java operations on x86-64 Linux: oneDNN's matrix products and our C++ in one
 * shared library.
 *
 * <p>{@link dev.swiftkv.kernels.cpu.NativeLibrary} unpacks and loads the library, or says in one
 * sentence why it cannot; {@link dev.swiftkv.kernels.cpu.CpuNatives} is the list of functions
 * behind it. The C++ is in {@code src/main/cpp}; its {@code build.sh} says which file is compiled
 * for which instruction set.
 */
package dev.swiftkv.kernels.cpu;

/**
 * Bytes: the memory of one device and the dozen operations on it.
 *
 * <p>A {@link dev.swiftkv.kernels.Backend} is one device. It hands out {@link
 * dev.swiftkv.kernels.DeviceBuffer}s from one accounted {@link dev.swiftkv.kernels.DeviceMemory},
 * packs weights into {@link dev.swiftkv.kernels.WeightMatrix} and runs {@link
 * dev.swiftkv.kernels.Ops} over {@link dev.swiftkv.kernels.Tensor}s. {@link
 * dev.swiftkv.kernels.RaggedBatch} is the shape of one step: a flat axis of tokens of many
 * sequences, never padded.
 *
 * <p>This module has never heard of a request, a model or a table; it imports none of the others.
 *
 * <pre>{@code
 * try (Backend backend = Backends.open("auto", BackendOptions.defaults())) {
 *   backend.ops().rmsNorm(x, weight, 1e-5f, out);
 * }
 * }</pre>
 */
package dev.swiftkv.kernels;

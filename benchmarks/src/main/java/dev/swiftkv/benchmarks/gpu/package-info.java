/**
 * The engine's side of {@code benchmarks/gpu/run}: a process that answers requests for measurements
 * on one device, so that it can take turns with another program on the same one. Every size comes
 * with the request; the same programs run small on any device, an emulated one included.
 */
package dev.swiftkv.benchmarks.gpu;

/**
 * Weights on disk: memory-mapped safetensors files, one or many with an index, every header checked
 * before a byte of data is believed. {@link dev.swiftkv.engine.checkpoint.Checkpoint} finds tensors
 * by name and hands them out as {@link dev.swiftkv.kernels.MatrixSource}.
 */
package dev.swiftkv.engine.checkpoint;

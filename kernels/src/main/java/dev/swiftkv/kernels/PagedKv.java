package dev.swiftkv.kernels;

/**
 * The keys and values of one layer (or of one AcrossKV group of layers) for every block of the
 * pool. The order of elements inside a block is the backend's own; a block is contiguous in both
 * halves.
 *
 * @param shape what a block holds
 * @param blocks number of blocks
 * @param keys device address of block 0 of the keys
 * @param values device address of block 0 of the values
 */
public record PagedKv(KvShape shape, int blocks, long keys, long values) {}

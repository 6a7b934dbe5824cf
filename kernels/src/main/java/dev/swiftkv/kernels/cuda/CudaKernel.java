package dev.swiftkv.kernels.cuda;

import jcuda.driver.CUfunction;

/**
 * A kernel that is loaded and may be launched.
 *
 * @param name as in the source
 * @param function the driver's handle
 * @param maxThreads the most threads that a block may have
 * @param maxSharedBytes the most dynamic shared memory that a block may have
 */
record CudaKernel(String name, CUfunction function, int maxThreads, int maxSharedBytes) {}

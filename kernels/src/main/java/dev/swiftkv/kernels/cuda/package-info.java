/** The GPU backend: our CUDA kernels, launched through JCuda. */
package dev.swiftkv.kernels.cuda;

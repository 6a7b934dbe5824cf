/**
 * The GPU backend: our CUDA kernels, launched through JCuda.
 *
 * <p>{@link dev.swiftkv.kernels.cuda.CudaProbe} says whether there is a device. A {@code
 * CudaContext} is all that one backend owns on it: memory from one accounted allocator, modules of
 * kernels, streams, events, pinned host memory, graphs. Every call of the driver goes through its
 * {@code CudaStatus}, which turns results into exceptions and remembers the error that ended the
 * context. Only the driver's library of JCuda is used, so a machine needs a driver and no toolkit.
 *
 * <pre>{@code
 * try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
 *     CudaStream stream = context.newStream();
 *     KernelArguments arguments = context.newArguments()) {
 *   arguments.begin(40).putLong(x).putLong(weight).putLong(out).putInt(rows).putInt(columns);
 *   stream.launch(context.kernel("rms_norm_f32"), rows, 1, 256, 0, arguments.putFloat(1e-5f));
 *   stream.synchronize();
 * }
 * }</pre>
 */
package dev.swiftkv.kernels.cuda;

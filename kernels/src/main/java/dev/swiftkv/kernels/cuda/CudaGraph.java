package dev.swiftkv.kernels.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/**
 * Recorded work that is launched as one, with the arguments it was recorded with. Device memory
 * that it names must outlive it.
 */
final class CudaGraph implements AutoCloseable {
  private final CudaContext context;
  private final CUgraphExec handle = new CUgraphExec();
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Makes a recording ready for launch; the recording itself is given back. */
  CudaGraph(CudaContext context, CUgraph recording) {
    this.context = context;
    try {
      context
          .status()
          .check(JCudaDriver.cuGraphInstantiate(handle, recording, 0), "cuGraphInstantiate()");
    } finally {
      discard(context, recording);
    }
  }

  /** Gives a recording back. It is no part of the context and does not end with it. */
  static void discard(CudaContext context, CUgraph recording) {
    context.status().note(JCudaDriver.cuGraphDestroy(recording), "cuGraphDestroy()");
  }

  /** Adds the recorded work to a stream's. */
  void launch(CudaStream stream) {
    context.enter();
    context.status().check(JCudaDriver.cuGraphLaunch(handle, stream.handle()), "cuGraphLaunch()");
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      context.release("cuGraphExecDestroy()", () -> JCudaDriver.cuGraphExecDestroy(handle));
    }
  }
}

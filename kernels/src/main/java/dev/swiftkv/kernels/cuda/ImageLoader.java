package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.HostMemory;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** Gives images of kernels to the driver, and keeps what its compiler says about the last one. */
final class ImageLoader implements AutoCloseable {
  private static final int LOG_OFFSET = 64;
  private static final int LOG_BYTES = 4096;

  private static final int[] OPTIONS = {
    CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
  };

  private final PinnedMemory memory;
  private final Pointer optionValues;
  private final long log;

  ImageLoader(CudaContext context) {
    memory = context.pinned(LOG_OFFSET + LOG_BYTES);
    optionValues = HostPointer.to(memory.address());
    log = memory.address() + LOG_OFFSET;
  }

  /**
   * Loads an image into the current context.
   *
   * @return the driver's result
   */
  int load(CUmodule module, byte[] image) {
    HostMemory.zero(log, LOG_BYTES);
    HostMemory.putLong(memory.address(), log);
    HostMemory.putLong(memory.address() + Long.BYTES, LOG_BYTES); // the driver writes here, too
    return JCudaDriver.cuModuleLoadDataEx(
        module, Pointer.to(image), OPTIONS.length, OPTIONS, optionValues);
  }

  /** What the compiler said of the last image, in one line; empty if nothing. */
  String errorLog() {
    byte[] text = new byte[LOG_BYTES];
    int length = 0;
    for (int at = 0; at < LOG_BYTES; at += Integer.BYTES) {
      int word = HostMemory.getInt(log + at);
      for (int i = 0; i < Integer.BYTES && length == at + i; i++) {
        text[at + i] = (byte) (word >>> Byte.SIZE * i);
        length += text[at + i] == 0 ? 0 : 1;
      }
    }
    return new String(text, 0, length, StandardCharsets.UTF_8).strip().replace('\n', ' ');
  }

  @Override
  public void close() {
    memory.close();
  }
}

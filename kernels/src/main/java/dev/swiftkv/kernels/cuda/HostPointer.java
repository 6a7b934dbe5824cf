package dev.swiftkv.kernels.cuda;

import jcuda.Pointer;

/** A host address as JCuda takes it. JCuda shows addresses to subclasses only. */
final class HostPointer extends Pointer {
  private HostPointer(long address) {
    super(address);
  }

  private HostPointer(Pointer pointer) {
    super(pointer);
  }

  /** The pointer to an address. */
  static HostPointer to(long address) {
    return new HostPointer(address);
  }

  /** The address that a pointer from the driver points to. */
  static long addressOf(Pointer pointer) {
    HostPointer copy = new HostPointer(pointer);
    return copy.getNativePointer() + copy.getByteOffset();
  }
}

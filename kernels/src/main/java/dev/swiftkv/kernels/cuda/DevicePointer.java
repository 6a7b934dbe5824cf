package dev.swiftkv.kernels.cuda;

import jcuda.driver.CUdeviceptr;

/** A device address as JCuda takes it: so many bytes past null. */
final class DevicePointer extends CUdeviceptr {
  private DevicePointer(CUdeviceptr base, long bytes) {
    super(base, bytes);
  }

  /** The pointer to an address. */
  static DevicePointer to(long address) {
    return new DevicePointer(new CUdeviceptr(), address);
  }

  /** The address that a pointer from the driver points to. */
  static long addressOf(CUdeviceptr pointer) {
    DevicePointer copy = new DevicePointer(pointer, 0);
    return copy.getNativePointer() + copy.getByteOffset();
  }
}

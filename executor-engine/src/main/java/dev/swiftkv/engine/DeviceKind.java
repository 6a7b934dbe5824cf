package dev.swiftkv.engine;

import dev.swiftkv.kernels.Backends;

/**
 * What a device name stands for on this machine.
 *
 * @param name of the kind: {@code auto} stands for the best that works
 * @param count how many devices of it there are; 0 if none can be used, and opening one says why
 */
public record DeviceKind(String name, int count) {
  /** What a name stands for here. */
  public static DeviceKind of(String device) {
    String kind = device.equals(Backends.AUTO) ? Backends.best().orElse(device) : device;
    return new DeviceKind(kind, Backends.deviceCount(kind));
  }
}

package dev.swiftkv.kernels;

/**
 * The device can no longer be used by this backend: a kernel accessed memory that is not there, the
 * hardware reported an error, the driver gave up. Everything on the device is lost. The backend
 * must be closed; another one may be opened.
 */
public final class DeviceFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what failed and how it showed. */
  public DeviceFailedException(String message) {
    super(message);
  }

  /** Says what failed and how it showed. */
  public DeviceFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}

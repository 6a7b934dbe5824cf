package dev.swiftkv.kernels;

/** The device asked for is not in this build, or cannot be used on this machine. */
public final class BackendUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the device, the reason and what there is instead. */
  public BackendUnavailableException(String message) {
    super(message);
  }
}

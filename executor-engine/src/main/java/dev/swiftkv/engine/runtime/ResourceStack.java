package dev.swiftkv.engine.runtime;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things to close, the last one opened first. */
final class ResourceStack implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** Takes a resource over. */
  <T extends AutoCloseable> T push(T resource) {
    open.push(resource);
    return resource;
  }

  /** Closes everything after a failure, to which failures of closing are attached. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Closes everything, even where something fails to close.
   *
   * @throws IllegalStateException with the first failure as its cause and the others attached
   */
  @Override
  public void close() {
    IllegalStateException failure = null;
    while (!open.isEmpty()) {
      AutoCloseable resource = open.pop();
      try {
        resource.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IllegalStateException("Could not be closed: %s".formatted(e), e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

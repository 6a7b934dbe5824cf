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
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  /** Closes everything, even where something fails to close. */
  @Override
  public void close() throws Exception {
    Exception first = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}

package dev.swiftkv.engine;

import dev.swiftkv.engine.runtime.ResidentEngine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One engine per configuration, shared by everyone in the JVM. Safe from any thread.
 *
 * <p>An engine is loaded by the first {@link #acquire}; others that ask meanwhile wait for the same
 * load. It stays loaded when nobody holds it, because the next task of a Spark job asks for it
 * again a moment later; it ends with {@link #closeIdle}, {@link #close} or the JVM. Idle engines
 * are also closed when another one finds no memory. An engine that failed is opened again by the
 * next {@link #acquire}.
 */
public final class EngineRegistry implements AutoCloseable {
  private final EngineFactory factory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<EngineConfig, SharedEngine> engines = new HashMap<>();
  private boolean closed;

  /** A registry that opens its engines with a factory. */
  public EngineRegistry(EngineFactory factory) {
    this.factory = factory;
  }

  /** The registry of this JVM. */
  public static EngineRegistry shared() {
    return Shared.REGISTRY;
  }

  /**
   * Borrows the engine of a configuration, loading it if need be.
   *
   * @throws EngineException if it cannot be opened; the next call tries again
   */
  public Lease acquire(EngineConfig config) {
    SharedEngine shared = join(config);
    try {
      return new Lease(shared, await(shared, config), shared.firstLease.getAndSet(false));
    } catch (RuntimeException e) {
      leave(shared);
      throw e;
    }
  }

  /** Engines that are loaded or loading. */
  public int size() {
    lock.lock();
    try {
      return engines.size();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the engines that nobody holds. */
  public void closeIdle() {
    List<SharedEngine> idle = new ArrayList<>();
    lock.lock();
    try {
      // One that still loads is left alone: the load itself may be what asks.
      engines
          .values()
          .removeIf(engine -> engine.holders == 0 && engine.loading.isDone() && idle.add(engine));
    } finally {
      lock.unlock();
    }
    idle.forEach(SharedEngine::close);
  }

  /** Closes every engine, also those that somebody holds; nothing can be acquired afterwards. */
  @Override
  public void close() {
    List<SharedEngine> all;
    lock.lock();
    try {
      closed = true;
      all = new ArrayList<>(engines.values());
      engines.clear();
    } finally {
      lock.unlock();
    }
    all.forEach(SharedEngine::close);
  }

  private SharedEngine join(EngineConfig config) {
    lock.lock();
    try {
      if (closed) {
        throw new EngineException(ErrorCategory.CANCELLED, "The registry of engines is closed");
      }
      SharedEngine known = engines.get(config);
      if (known == null || known.failed()) {
        known = new SharedEngine(config, this::open);
        engines.put(config, known);
        known.startLoading();
      }
      known.holders++;
      return known;
    } finally {
      lock.unlock();
    }
  }

  private void leave(SharedEngine shared) {
    lock.lock();
    try {
      shared.holders--;
      if (shared.failed()) {
        engines.remove(shared.config, shared);
      }
    } finally {
      lock.unlock();
    }
  }

  private Engine await(SharedEngine shared, EngineConfig config) {
    try {
      return shared.loading.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          ErrorCategory.CANCELLED, "Interrupted while %s was loading".formatted(config.model()), e);
    } catch (ExecutionException e) {
      // A new exception for each caller, so that its trace shows who asked.
      throw e.getCause() instanceof EngineException cause
          ? new EngineException(cause.category(), cause.getMessage(), cause)
          : new EngineException(
              ErrorCategory.INTERNAL,
              "Loading %s failed: %s".formatted(config.model(), e.getCause()),
              e.getCause());
    }
  }

  private Engine open(EngineConfig config) {
    try {
      return factory.open(config);
    } catch (EngineException e) {
      if (e.category() != ErrorCategory.OUT_OF_MEMORY) {
        throw e;
      }
      closeIdle();
      return factory.open(config);
    }
  }

  /** A share in an engine. Closing it twice counts once. */
  public final class Lease implements AutoCloseable {
    private final SharedEngine shared;
    private final Engine engine;
    private final boolean first;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private Lease(SharedEngine shared, Engine engine, boolean first) {
      this.shared = shared;
      this.engine = engine;
      this.first = first;
    }

    /** The engine; not to be closed by the borrower. */
    public Engine engine() {
      return engine;
    }

    /** Whether no one had this engine before: leases of which this is true count loads. */
    public boolean isFirst() {
      return first;
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        leave(shared);
      }
    }
  }

  private static final class Shared {
    private static final EngineRegistry REGISTRY = new EngineRegistry(ResidentEngine::open);
  }
}

package dev.swiftkv.engine;

import dev.swiftkv.engine.runtime.ResidentEngine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One engine per configuration, shared by everyone in the JVM. Safe from any thread.
 *
 * <p>An engine is loaded by the first {@link #acquire}; others that ask meanwhile wait for the same
 * load. It stays loaded when nobody holds it, because the next task of a Spark job asks for it
 * again a moment later; it ends with {@link #closeIdle}, {@link #close} or the JVM. Idle engines
 * are also closed when another one finds no memory. An engine that failed is opened again by the
 * next {@link #acquire}.
 *
 * <p>On several devices there is one engine each: {@link #acquireLeastLoaded} borrows the one with
 * the least to do.
 */
public final class EngineRegistry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineRegistry.class);

  /** What one device may meet and another may not. */
  private static final Set<ErrorCategory> DEVICE_ERRORS =
      Set.of(
          ErrorCategory.DEVICE,
          ErrorCategory.OUT_OF_MEMORY,
          ErrorCategory.UNSUPPORTED,
          ErrorCategory.INTERNAL);

  private final EngineFactory factory;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<EngineConfig, SharedEngine> engines = new HashMap<>();

  /** The engine that failed last, of those that have not served again. */
  private final Map<EngineConfig, SharedEngine> broken = new HashMap<>();

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
    return leaseOf(join(List.of(config)));
  }

  /**
   * Borrows one of several engines, loading it if need be: the one with the fewest outstanding
   * tokens, of equals the one with the fewest borrowers, who may be about to ask, and of these the
   * first. An engine that failed, or failed to load, is passed over while another serves.
   *
   * @param configs at least one; the same model and options on several devices
   * @throws EngineException if none can be opened, with the first one's error and the others'
   *     suppressed; at once if the error is not the device's, because it would be that of all
   */
  public Lease acquireLeastLoaded(List<EngineConfig> configs) {
    List<EngineConfig> left = new ArrayList<>(configs);
    EngineException firstError = null;
    while (!left.isEmpty()) {
      SharedEngine shared = join(left);
      try {
        return leaseOf(shared);
      } catch (EngineException e) {
        if (!DEVICE_ERRORS.contains(e.category())) {
          throw e;
        }
        LOG.warn("No engine of {}: {}", shared.config, e.getMessage());
        left.remove(shared.config);
        if (firstError == null) {
          firstError = e;
        } else {
          firstError.addSuppressed(e);
        }
      }
    }
    if (firstError == null) {
      throw new IllegalArgumentException("An engine was asked for on none of no devices");
    }
    throw firstError;
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

  /** The engines that are loaded or loading, in no order; failed ones are left out. */
  public List<LoadedEngine> loaded() {
    lock.lock();
    try {
      return engines.values().stream()
          .filter(engine -> !engine.failed())
          .map(SharedEngine::describe)
          .toList();
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

  private Lease leaseOf(SharedEngine shared) {
    try {
      Engine engine = await(shared, shared.config);
      opened(shared);
      return new Lease(shared, engine, shared.firstLease.getAndSet(false));
    } catch (RuntimeException e) {
      leave(shared);
      throw e;
    }
  }

  /** Joins the engine with the least to do. Choosing and joining is one act: others choose too. */
  private SharedEngine join(List<EngineConfig> configs) {
    lock.lock();
    try {
      if (closed) {
        throw new EngineException(ErrorCategory.CANCELLED, "The registry of engines is closed");
      }
      EngineConfig config =
          configs.size() == 1 ? configs.get(0) : Collections.min(configs, leastLoaded());
      SharedEngine known = engines.get(config);
      if (known == null || known.failed()) {
        SharedEngine failed = known == null ? broken.get(config) : known;
        known = new SharedEngine(config, cacheFor(config), wanted -> openAfter(failed, wanted));
        engines.put(config, known);
        known.startLoading();
      }
      known.holders++;
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** That of the same model on another device or of the engine that failed, which knows as much. */
  private AnswerCache cacheFor(EngineConfig config) {
    return Stream.concat(engines.values().stream(), broken.values().stream())
        .filter(other -> other.config.withDeviceIndex(0).equals(config.withDeviceIndex(0)))
        .map(other -> other.answers.cache())
        .findFirst()
        .orElseGet(AnswerCache::new);
  }

  private Comparator<EngineConfig> leastLoaded() {
    return Comparator.<EngineConfig, Boolean>comparing(this::isBroken)
        .thenComparingLong(
            config -> engines.containsKey(config) ? engines.get(config).outstandingTokens() : 0)
        .thenComparingInt(config -> engines.containsKey(config) ? engines.get(config).holders : 0);
  }

  private boolean isBroken(EngineConfig config) {
    SharedEngine known = engines.get(config);
    return known == null ? broken.containsKey(config) : known.failed();
  }

  private void opened(SharedEngine shared) {
    lock.lock();
    try {
      broken.remove(shared.config);
    } finally {
      lock.unlock();
    }
  }

  private void leave(SharedEngine shared) {
    lock.lock();
    try {
      shared.holders--;
      if (shared.failed() && engines.remove(shared.config, shared)) {
        broken.put(shared.config, shared);
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

  /** The device may have no room for an engine before the failed one has given its memory back. */
  private Engine openAfter(SharedEngine failedOrNull, EngineConfig config) {
    if (failedOrNull != null) {
      try {
        failedOrNull.close();
      } catch (RuntimeException e) {
        LOG.warn("The engine of {} that failed left something behind", config.model(), e);
      }
    }
    return open(config);
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

    /** Lets its borrowers share the answers to equal questions. */
    public SharedAnswers answers() {
      return shared.answers;
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

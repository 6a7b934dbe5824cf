package dev.swiftkv.engine;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.BackendUnavailableException;
import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.Ops;
import dev.swiftkv.kernels.scalar.ScalarBackend;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Two devices named {@value #NAME} that compute in plain Java, have memory of their own and
 * preferences unlike the host's, and fail when a test says so.
 */
public final class TwinsProvider implements BackendProvider {
  /** As a configuration names them. */
  public static final String NAME = "twins";

  /** Tokens of a step that they prefer. */
  public static final int STEP_TOKENS = 96;

  /** Sequences that they prefer. */
  public static final int SEQUENCES = 5;

  /** Memory of each. */
  public static final long MEMORY_BYTES = 64L << 20;

  private static final AtomicBoolean FAILS_NEXT = new AtomicBoolean();

  /** Makes the next operation of either device fail, and no other. */
  public static void failNext() {
    FAILS_NEXT.set(true);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.empty();
  }

  @Override
  public int deviceCount() {
    return 2;
  }

  @Override
  public Backend open(BackendOptions options) {
    if (options.deviceIndex() >= deviceCount()) {
      throw new BackendUnavailableException(
          "There are two twins, 0 and 1, not " + options.deviceIndex());
    }
    Backend host = new ScalarBackend(new BackendOptions(MEMORY_BYTES, 1, 0));
    Ops ops = around(Ops.class, host.ops(), TwinsProvider::failing);
    return around(
        Backend.class,
        host,
        method ->
            switch (method.getName()) {
              case "ops" -> Optional.of(ops);
              case "preferredStepTokens" -> Optional.of(STEP_TOKENS);
              case "preferredSequences" -> Optional.of(SEQUENCES);
              case "description" -> Optional.of("twin " + options.deviceIndex());
              default -> Optional.empty();
            });
  }

  private static Optional<Object> failing(Method method) {
    if (FAILS_NEXT.compareAndSet(true, false)) {
      throw new DeviceFailedException("a twin failed in " + method.getName());
    }
    return Optional.empty();
  }

  /** What a call answers instead of the object inside; empty where that one is asked. */
  private interface Answers {
    Optional<?> to(Method method);
  }

  private static <T> T around(Class<T> type, T inside, Answers answers) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          Optional<?> answer = answers.to(method);
          if (answer.isPresent()) {
            return answer.get();
          }
          try {
            return method.invoke(inside, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}

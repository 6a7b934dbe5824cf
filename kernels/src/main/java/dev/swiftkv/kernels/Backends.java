package dev.swiftkv.kernels;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a device by name. The kinds of device are the {@link BackendProvider}s on the class path,
 * so that a build without CUDA simply lacks one.
 */
public final class Backends {
  /** The name that means: the best device there is. */
  public static final String AUTO = "auto";

  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
  private static final String SLOWEST = "scalar";
  private static final AtomicBoolean WARNED_OF_SLOWNESS = new AtomicBoolean();

  private Backends() {}

  /**
   * Opens a device.
   *
   * @param device {@code auto}, or the name of a kind of device: {@code cpu}, {@code scalar}, …
   * @throws BackendUnavailableException saying what there is and why the rest cannot be used
   */
  public static Backend open(String device, BackendOptions options) {
    return open(device, options, providers());
  }

  /**
   * How many devices a name stands for: those of the kind that {@link #open} would take.
   *
   * @return 0 if no device of that name can be used; opening one says why
   */
  public static int deviceCount(String device) {
    return deviceCount(device, providers());
  }

  /** The kinds of device that this build knows, usable or not, the best first. */
  public static List<BackendProvider> kinds() {
    return bestFirst(providers());
  }

  /** The kind of device that {@code auto} takes here; empty if none can be used. */
  public static Optional<String> best() {
    return best(providers()).map(BackendProvider::name);
  }

  /** Every kind of device with its state, for messages: {@code cpu (unavailable: …), scalar}. */
  public static String describe() {
    return describe(providers());
  }

  static Backend open(String device, BackendOptions options, List<BackendProvider> providers) {
    return AUTO.equals(device)
        ? openBest(options, providers)
        : openNamed(device, options, providers);
  }

  static int deviceCount(String device, List<BackendProvider> providers) {
    Optional<BackendProvider> chosen =
        AUTO.equals(device)
            ? best(providers)
            : providers.stream()
                .filter(provider -> provider.name().equals(device))
                .filter(provider -> provider.unavailableReason().isEmpty())
                .findFirst();
    return chosen.map(BackendProvider::deviceCount).orElse(0);
  }

  private static List<BackendProvider> bestFirst(List<BackendProvider> providers) {
    return providers.stream()
        .sorted(Comparator.comparingInt(BackendProvider::rank).reversed())
        .toList();
  }

  private static Optional<BackendProvider> best(List<BackendProvider> providers) {
    return providers.stream()
        .filter(provider -> provider.unavailableReason().isEmpty())
        .max(Comparator.comparingInt(BackendProvider::rank));
  }

  static String describe(List<BackendProvider> providers) {
    return bestFirst(providers).stream()
        .map(
            provider ->
                provider
                    .unavailableReason()
                    .map(reason -> "%s (unavailable: %s)".formatted(provider.name(), reason))
                    .orElse(provider.name()))
        .collect(Collectors.joining(", "));
  }

  private static Backend openBest(BackendOptions options, List<BackendProvider> providers) {
    BackendProvider best =
        best(providers)
            .orElseThrow(
                () ->
                    new BackendUnavailableException(
                        "No device can be used here: %s".formatted(describe(providers))));
    if (SLOWEST.equals(best.name()) && WARNED_OF_SLOWNESS.compareAndSet(false, true)) {
      LOG.warn("Running on plain Java, which is slow. Devices: {}", describe(providers));
    }
    return best.open(options);
  }

  private static Backend openNamed(
      String device, BackendOptions options, List<BackendProvider> providers) {
    BackendProvider named =
        providers.stream()
            .filter(provider -> provider.name().equals(device))
            .findFirst()
            .orElseThrow(
                () ->
                    new BackendUnavailableException(
                        "This build has no device '%s'; use '%s' or one of: %s"
                            .formatted(device, AUTO, describe(providers))));
    named
        .unavailableReason()
        .ifPresent(
            reason -> {
              throw new BackendUnavailableException(
                  "Device '%s' cannot be used here: %s. Use '%s' or one of: %s"
                      .formatted(device, reason, AUTO, describe(providers)));
            });
    return named.open(options);
  }

  private static List<BackendProvider> providers() {
    // This class's own loader: a Spark task's context loader may not see the jar that holds us.
    return ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }
}

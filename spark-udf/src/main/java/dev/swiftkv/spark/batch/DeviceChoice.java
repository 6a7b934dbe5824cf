package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.DeviceKind;
import dev.swiftkv.engine.EngineConfig;
import java.util.List;
import java.util.stream.IntStream;

/**
 * On which devices the prompts of a task may be answered: the one that the session names, else
 * those that Spark assigned, else all of the kind. Among several the least loaded is taken.
 */
final class DeviceChoice {
  /** The kind of device that Spark's resource {@value GpuAddresses#RESOURCE} is. */
  private static final String GPU_KIND = "cuda";

  private DeviceChoice() {}

  /**
   * The configurations to choose from, at least one.
   *
   * @param config with the device as the session names it
   * @param namesOne whether the session names one device, not just the kind
   * @param gpus what Spark assigned; ignored where the engine does not run on GPUs
   * @param kind what the device's name stands for here
   */
  static List<EngineConfig> of(
      EngineConfig config, boolean namesOne, GpuAddresses gpus, DeviceKind kind) {
    if (namesOne) {
      return List.of(config);
    }
    if (kind.name().equals(GPU_KIND) && !gpus.isEmpty()) {
      return gpus.ordinals(kind.count()).stream().map(config::withDeviceIndex).toList();
    }
    // With no device left, opening the first one tells why.
    return IntStream.range(0, Math.max(1, kind.count())).mapToObj(config::withDeviceIndex).toList();
  }
}

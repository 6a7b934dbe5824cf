package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * GPUs that Spark assigned to a task or an executor.
 *
 * @param addresses as the discovery script gave them: numbers, or identities such as {@code
 *     GPU-8a56…}
 * @param visibleOrNull the variable {@code CUDA_VISIBLE_DEVICES}: which GPUs have an ordinal, in
 *     this order; null if all have, in the order of their numbers
 */
record GpuAddresses(List<String> addresses, String visibleOrNull) {
  /** Spark's name of the resource. */
  static final String RESOURCE = "gpu";

  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  /** Those of the task that runs on this thread; none outside of tasks. */
  static GpuAddresses ofThisTask() {
    TaskContext task = TaskContext.get();
    return of(task == null ? Map.of() : task.resourcesJMap());
  }

  /** Those among the resources of a task or an executor. */
  static GpuAddresses of(Map<String, ResourceInformation> resources) {
    // A copy in Java's own type: Spark's map may be a view that does not know every method.
    ResourceInformation gpus = new TreeMap<>(resources).get(RESOURCE);
    return new GpuAddresses(
        gpus == null ? List.of() : List.of(gpus.addresses()), System.getenv(VISIBLE));
  }

  boolean isEmpty() {
    return addresses.isEmpty();
  }

  /**
   * The ordinals that CUDA gives these devices.
   *
   * @param count devices that CUDA shows; 0 if it cannot be asked, and any number passes
   * @throws EngineException UNSUPPORTED naming an address that is none of them
   */
  List<Integer> ordinals(int count) {
    List<Integer> ordinals = new ArrayList<>();
    for (String address : addresses) {
      int ordinal = ordinal(address.strip());
      if (ordinal < 0 || count > 0 && ordinal >= count) {
        throw new EngineException(
            ErrorCategory.UNSUPPORTED,
            "Spark assigned GPU '%s', which is none of the %d that CUDA shows%s; let the discovery script give numbers of visible GPUs, or set spark.swiftkv.device=cuda:N"
                .formatted(
                    address,
                    count,
                    visibleOrNull == null ? "" : " (%s=%s)".formatted(VISIBLE, visibleOrNull)));
      }
      ordinals.add(ordinal);
    }
    return ordinals;
  }

  /** -1 for an address that stands for no device. */
  private int ordinal(String address) {
    if (visibleOrNull != null) {
      return Arrays.stream(visibleOrNull.split(",")).map(String::strip).toList().indexOf(address);
    }
    return address.matches("\\d{1,4}") ? Integer.parseInt(address) : -1;
  }
}

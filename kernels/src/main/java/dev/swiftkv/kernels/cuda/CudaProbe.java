package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.BackendUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * What GPUs this JVM can use. Asks the driver anew each time, which takes microseconds once it is
 * initialised. Never throws and never raises a link error.
 *
 * @param driverVersion the newest CUDA that the driver knows, as in {@link CudaDevice}; 0 without a
 *     driver
 * @param devices those the driver shows, by ordinal; the kernels may not run on all of them
 * @param unavailableReason why none can be used, in one sentence; empty if one can
 */
public record CudaProbe(
    int driverVersion, List<CudaDevice> devices, Optional<String> unavailableReason) {
  /** The CUDA that JCuda's library and the packed PTX were made for, as the driver counts. */
  private static final int OLDEST_DRIVER = 12000;

  private static final int NAME_BYTES = 256;

  /** Looks. */
  public static CudaProbe run() {
    Optional<String> reason = CudaNatives.unavailableReason();
    if (reason.isPresent()) {
      return unavailable(0, reason.get());
    }
    int[] known = new int[1];
    int result = JCudaDriver.cuDriverGetVersion(known);
    int version = known[0];
    if (result == CUresult.CUDA_SUCCESS && version < OLDEST_DRIVER) {
      return unavailable(
          version,
          "the NVIDIA driver is too old: it is for CUDA %s, and %s is needed (driver 525 or newer)"
              .formatted(CudaDevice.versionText(version), CudaDevice.versionText(OLDEST_DRIVER)));
    }
    result = result == CUresult.CUDA_SUCCESS ? JCudaDriver.cuInit(0) : result;
    if (result == CUresult.CUDA_ERROR_NO_DEVICE) {
      return unavailable(
          version, "the NVIDIA driver shows no device%s".formatted(visibleDevices()));
    }
    if (result != CUresult.CUDA_SUCCESS) {
      return unavailable(version, "the NVIDIA driver said " + CudaResults.describe(result));
    }
    return list(version);
  }

  /**
   * The device with an ordinal.
   *
   * @throws BackendUnavailableException if there is none, or the kernels do not run on it
   */
  static CudaDevice require(int index) {
    CudaProbe probe = run();
    probe
        .unavailableReason()
        .ifPresent(
            reason -> {
              throw new BackendUnavailableException("No GPU can be used: " + reason);
            });
    if (index >= probe.devices().size()) {
      throw new BackendUnavailableException(
          "There is no GPU %d: the driver shows %d%s"
              .formatted(index, probe.devices().size(), visibleDevices()));
    }
    CudaDevice device = probe.devices().get(index);
    if (!device.isSupported()) {
      throw new BackendUnavailableException(
          "%s; leave it out of CUDA_VISIBLE_DEVICES".formatted(tooOld(device)));
    }
    return device;
  }

  private static CudaProbe list(int version) {
    int[] count = new int[1];
    int result = JCudaDriver.cuDeviceGetCount(count);
    List<CudaDevice> devices = new ArrayList<>();
    for (int i = 0; i < count[0] && result == CUresult.CUDA_SUCCESS; i++) {
      Query query = new Query(i);
      devices.add(query.device(version));
      result = query.result;
    }
    if (result != CUresult.CUDA_SUCCESS) {
      return unavailable(version, "the NVIDIA driver said " + CudaResults.describe(result));
    }
    if (devices.isEmpty()) {
      return unavailable(
          version, "the NVIDIA driver shows no device%s".formatted(visibleDevices()));
    }
    boolean isAnySupported = devices.stream().anyMatch(CudaDevice::isSupported);
    return new CudaProbe(
        version,
        List.copyOf(devices),
        isAnySupported ? Optional.empty() : Optional.of(tooOld(devices.get(0))));
  }

  private static CudaProbe unavailable(int version, String reason) {
    return new CudaProbe(version, List.of(), Optional.of(reason));
  }

  private static String tooOld(CudaDevice device) {
    return "%s has compute capability %d.%d, and the kernels need %d.%d"
        .formatted(
            device.label(),
            device.major(),
            device.minor(),
            KernelImages.OLDEST_CAPABILITY / 10,
            KernelImages.OLDEST_CAPABILITY % 10);
  }

  private static String visibleDevices() {
    String chosen = System.getenv("CUDA_VISIBLE_DEVICES");
    return chosen == null ? "" : " (CUDA_VISIBLE_DEVICES is '%s')".formatted(chosen);
  }

  /** The questions about one device; the first error ends them. */
  private static final class Query {
    private final int index;
    private final CUdevice device = new CUdevice();
    private int result;

    Query(int index) {
      this.index = index;
      result = JCudaDriver.cuDeviceGet(device, index);
    }

    CudaDevice device(int version) {
      return new CudaDevice(
          index,
          name(),
          attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
          attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
          attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
          totalBytes(),
          attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
          version);
    }

    private String name() {
      byte[] name = new byte[NAME_BYTES];
      if (result == CUresult.CUDA_SUCCESS) {
        result = JCudaDriver.cuDeviceGetName(name, name.length, device);
      }
      int length = 0;
      while (length < name.length && name[length] != 0) {
        length++;
      }
      return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    private int attribute(int attribute) {
      int[] value = new int[1];
      if (result == CUresult.CUDA_SUCCESS) {
        result = JCudaDriver.cuDeviceGetAttribute(value, attribute, device);
      }
      return value[0];
    }

    private long totalBytes() {
      long[] bytes = new long[1];
      if (result == CUresult.CUDA_SUCCESS) {
        result = JCudaDriver.cuDeviceTotalMem(bytes, device);
      }
      return bytes[0];
    }
  }
}

package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.Fact;
import dev.swiftkv.kernels.cuda.KernelImages.KernelModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What people are told about drivers and GPUs. */
final class CudaFacts {
  private static final List<String> SETTINGS =
      List.of("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "LD_LIBRARY_PATH");

  private CudaFacts() {}

  /** The driver, and settings that hide it or its devices. */
  static List<Fact> ofDriver(CudaProbe probe) {
    List<Fact> facts = new ArrayList<>();
    facts.add(
        new Fact(
            "driver library",
            DriverLibrary.FILE + (DriverLibrary.isPresent() ? " found" : " not found")));
    if (probe.driverVersion() > 0) {
      facts.add(new Fact("driver", "for CUDA " + CudaDevice.versionText(probe.driverVersion())));
    }
    facts.add(new Fact("devices", String.valueOf(probe.devices().size())));
    for (String setting : SETTINGS) {
      Optional.ofNullable(System.getenv(setting))
          .ifPresent(value -> facts.add(new Fact(setting, value)));
    }
    return facts;
  }

  /** A device, and the kernels that would run on it. */
  static List<Fact> ofDevice(CudaDevice device) {
    return List.of(
        new Fact("device", device.label()),
        new Fact("compute capability", device.major() + "." + device.minor()),
        new Fact("multiprocessors", String.valueOf(device.multiprocessors())),
        new Fact("memory", (device.totalBytes() >> 20) + " MiB"),
        new Fact("shared memory of a block", (device.sharedBytesPerBlock() >> 10) + " KiB"),
        new Fact("kernels", kernels(device)));
  }

  /** Modules by what the driver is given first: {@code embed, gemm_mma as compiled code}. */
  private static String kernels(CudaDevice device) {
    List<KernelModule> modules = KernelImages.forCapability(device.major(), device.minor());
    if (modules.isEmpty()) {
      return "none: they need compute capability %d.%d"
          .formatted(KernelImages.OLDEST_CAPABILITY / 10, KernelImages.OLDEST_CAPABILITY % 10);
    }
    String names = modules.stream().map(KernelModule::name).collect(Collectors.joining(", "));
    boolean isCompiled = modules.stream().allMatch(module -> module.images().size() > 1);
    return names + (isCompiled ? " as compiled code" : " as PTX, which the driver compiles");
  }
}

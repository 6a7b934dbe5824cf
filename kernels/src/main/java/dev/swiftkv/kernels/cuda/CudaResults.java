package dev.swiftkv.kernels.cuda;

import java.util.Map;
import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** What the driver's results mean; CUDA driver API reference, {@code CUresult}. */
final class CudaResults {
  /** Results newer than JCuda. */
  private static final int CONTAINED = 721;

  /** After these nothing works in the context, and what was on the device is lost. */
  private static final Set<Integer> STICKY =
      Set.of(
          CUresult.CUDA_ERROR_DEINITIALIZED,
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
          CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CONTAINED,
          CUresult.CUDA_ERROR_MPS_RPC_FAILURE,
          CUresult.CUDA_ERROR_MPS_CLIENT_TERMINATED,
          CUresult.CUDA_ERROR_EXTERNAL_DEVICE,
          CUresult.CUDA_ERROR_UNKNOWN);

  private static final String FIND_KERNEL =
      "Set CUDA_LAUNCH_BLOCKING=1 to see which kernel it was, and report it";
  private static final String UPDATE_DRIVER = "Install a newer NVIDIA driver";
  private static final String LOOK_AT_HARDWARE =
      "Look at nvidia-smi and the system's log for Xid errors; the device may need a reset";

  private static final Map<Integer, String> REMEDIES =
      Map.ofEntries(
          Map.entry(
              CUresult.CUDA_ERROR_OUT_OF_MEMORY,
              "Use a smaller model or KV cache, or end other processes on the device"),
          Map.entry(
              CUresult.CUDA_ERROR_STUB_LIBRARY,
              "The library of the CUDA toolkit's stubs is in the way of the driver's; take it out"
                  + " of LD_LIBRARY_PATH"),
          Map.entry(
              CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE,
              "Another process holds the device, or its compute mode is exclusive: see nvidia-smi"),
          Map.entry(CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, UPDATE_DRIVER),
          Map.entry(CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION, UPDATE_DRIVER),
          Map.entry(CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND, UPDATE_DRIVER),
          Map.entry(
              CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
              "Restart the machine: the driver's library and its kernel module differ"),
          Map.entry(
              CUresult.CUDA_ERROR_SYSTEM_NOT_READY, "Start the NVIDIA fabric manager, or wait"),
          Map.entry(CUresult.CUDA_ERROR_ECC_UNCORRECTABLE, LOOK_AT_HARDWARE),
          Map.entry(CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE, LOOK_AT_HARDWARE),
          Map.entry(CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR, LOOK_AT_HARDWARE),
          Map.entry(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, FIND_KERNEL),
          Map.entry(CUresult.CUDA_ERROR_MISALIGNED_ADDRESS, FIND_KERNEL),
          Map.entry(CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION, FIND_KERNEL),
          Map.entry(CUresult.CUDA_ERROR_ASSERT, FIND_KERNEL),
          Map.entry(CUresult.CUDA_ERROR_LAUNCH_FAILED, FIND_KERNEL),
          Map.entry(
              CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
              "The device also drives a screen, which limits how long a kernel may run"));

  private CudaResults() {}

  /** Whether a result ends its context. */
  static boolean isSticky(int result) {
    return STICKY.contains(result);
  }

  /** {@code CUDA_ERROR_NO_DEVICE (100)}. */
  static String name(int result) {
    String name = CUresult.stringFor(result);
    return name.startsWith("CUDA_") ? "%s (%d)".formatted(name, result) : "error " + result;
  }

  /** Name, the driver's own words, and what may help. */
  static String describe(int result) {
    String[] text = new String[1];
    boolean isKnown = JCudaDriver.cuGetErrorString(result, text) == CUresult.CUDA_SUCCESS;
    String words = isKnown && text[0] != null ? ", " + text[0] : "";
    String remedy = REMEDIES.get(result);
    return name(result) + words + (remedy == null ? "" : ". " + remedy);
  }
}

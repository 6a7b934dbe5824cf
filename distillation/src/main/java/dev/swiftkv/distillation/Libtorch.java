package dev.swiftkv.distillation;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.cpu.PrivateDirectory;
import dev.swiftkv.kernels.cpu.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads libtorch once, from a directory of this JVM alone. */
public final class Libtorch {
  private static final Logger LOG = LoggerFactory.getLogger(Libtorch.class);
  private static final String CACHE = "org.bytedeco.javacpp.cachedir";

  /** How matrix products round their inputs; sums are F32 in either case. */
  public enum Precision {
    /** The faster one on a device. */
    AUTO,
    /**
     * To BF16, by oneDNN: many times faster on a processor with AMX, many times slower on others.
     */
    BF16,
    F32;

    /** BF16 or F32. */
    Precision on(Device device) {
      if (this != AUTO) {
        return this;
      }
      boolean fast = device.is_cuda() || Processor.ofThisMachine().features().contains("amx_bf16");
      return fast ? BF16 : F32;
    }
  }

  /** Where to compute. */
  public enum Place {
    /** A GPU if there is one that these libraries can use. */
    AUTO,
    CPU,
    CUDA
  }

  private Libtorch() {}

  /**
   * Loads the libraries and lets each operation compute on the thread that asks for it.
   *
   * @throws EngineException UNSUPPORTED where the libraries cannot be loaded
   */
  public static void load() {
    try {
      if (System.getProperty(CACHE) == null) {
        Path folder = PrivateDirectory.create().path();
        System.setProperty(CACHE, folder.toString());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      }
      torch.set_num_threads(1);
      // OpenBLAS has threads of its own.
      openblas_full.openblas_set_num_threads(1);
    } catch (IOException | LinkageError e) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "libtorch cannot be loaded (%s). It needs Linux on x86-64, a temporary folder that allows programs (-Dswiftkv.native.directory) and about 460 MB there"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** Sets what matrix products of F32 round their inputs to, from now on and in every thread. */
  static void use(Precision precision) {
    torch
        .globalContext()
        .setFloat32MatmulPrecision(precision == Precision.BF16 ? "medium" : "highest");
  }

  /** The device of a place: the CPU where CUDA is wanted and cannot be had. */
  static Device device(Place place) {
    return new Device(place != Place.CPU && torch.cuda_is_available() ? "cuda" : "cpu");
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("{} could not be deleted: {}", folder, e.getMessage());
    }
  }
}

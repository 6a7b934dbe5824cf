package dev.swiftkv.distillation;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.cpu.PrivateDirectory;
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
    /** To BF16, by oneDNN: many times faster where the processor multiplies BF16. */
    BF16,
    F32
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
   * Loads the libraries and sets how they compute. Equal threads and precision give equal bits.
   *
   * @param threads of one operation; 0 means all processors
   * @throws EngineException UNSUPPORTED where the libraries cannot be loaded
   */
  public static void load(int threads, Precision precision) {
    try {
      if (System.getProperty(CACHE) == null) {
        Path folder = PrivateDirectory.create().path();
        System.setProperty(CACHE, folder.toString());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      }
      int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
      torch.set_num_threads(count);
      // OpenBLAS has threads of its own, which wait for each other actively: on a busy machine its
      // products take fifty times as long. With BF16 nothing large goes through it.
      openblas_full.openblas_set_num_threads(precision == Precision.BF16 ? 1 : count);
      torch
          .globalContext()
          .setFloat32MatmulPrecision(precision == Precision.BF16 ? "medium" : "highest");
    } catch (IOException | LinkageError e) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "libtorch cannot be loaded (%s). It needs Linux on x86-64, a temporary folder that allows programs (-Dswiftkv.native.directory) and about 460 MB there"
              .formatted(e.getMessage()),
          e);
    }
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

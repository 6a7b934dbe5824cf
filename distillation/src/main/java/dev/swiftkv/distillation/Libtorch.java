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
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads libtorch once, from a directory of this JVM alone. */
public final class Libtorch {
  private static final Logger LOG = LoggerFactory.getLogger(Libtorch.class);
  private static final String CACHE = "org.bytedeco.javacpp.cachedir";

  private Libtorch() {}

  /**
   * Loads the libraries and sets how many threads they use. Equal threads give equal bits.
   *
   * @param threads of one operation; 0 means all processors
   * @throws EngineException UNSUPPORTED where the libraries cannot be loaded
   */
  public static void load(int threads) {
    try {
      if (System.getProperty(CACHE) == null) {
        Path folder = PrivateDirectory.create().path();
        System.setProperty(CACHE, folder.toString());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      }
      torch.set_num_threads(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
    } catch (IOException | LinkageError e) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "libtorch cannot be loaded (%s). It needs Linux on x86-64, a temporary folder that allows programs (-Dswiftkv.native.directory) and about 400 MB there"
              .formatted(e.getMessage()),
          e);
    }
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

package dev.swiftkv.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The compiled GPU kernels in this jar. There is one module for every source file under {@code
 * src/main/cuda}, each as compiled code where the build had nvcc, and always as PTX, which the
 * driver compiles when it loads it.
 */
public final class KernelImages {
  /** The oldest compute capability that the kernels run on, as major * 10 + minor. */
  public static final int OLDEST_CAPABILITY = 80;

  private static final String LIST = "kernels.txt";
  private static final String ANY = "compute_80";

  private KernelImages() {}

  /**
   * One source file's kernels.
   *
   * @param name of the source file, without suffix
   * @param images what a driver may be given, the best first: one that refuses an image may take
   *     the next
   */
  public record KernelModule(String name, List<Image> images) {}

  /**
   * An image as {@code cuModuleLoadData} takes it.
   *
   * @param resource its name, for messages
   */
  public record Image(String resource) {
    /** The image, read from the jar; PTX ends with a zero byte. */
    public byte[] bytes() {
      byte[] content = read(resource);
      boolean isText = resource.endsWith(".ptx");
      return isText ? Arrays.copyOf(content, content.length + 1) : content;
    }
  }

  /**
   * The modules for a device, by name; empty if the kernels do not run on it.
   *
   * @param major of its compute capability
   * @param minor of its compute capability
   */
  public static List<KernelModule> forCapability(int major, int minor) {
    int capability = 10 * major + minor;
    List<KernelModule> modules = new ArrayList<>();
    if (capability < OLDEST_CAPABILITY || !exists(LIST)) {
      return modules;
    }
    for (String line : new String(read(LIST), StandardCharsets.UTF_8).split("\n", -1)) {
      if (!line.isEmpty()) {
        int blank = line.indexOf(' ');
        String architecture = line.substring(blank + 1);
        if (architecture.equals(ANY) || architecture.equals("compute_" + capability + "a")) {
          modules.add(module(line.substring(0, blank)));
        }
      }
    }
    return modules;
  }

  private static KernelModule module(String name) {
    List<Image> images = new ArrayList<>();
    if (exists(name + ".fatbin")) {
      images.add(new Image(name + ".fatbin"));
    }
    images.add(new Image("ptx/" + name + ".ptx"));
    return new KernelModule(name, List.copyOf(images));
  }

  private static boolean exists(String resource) {
    return KernelImages.class.getResource(resource) != null;
  }

  private static byte[] read(String resource) {
    try (InputStream in = KernelImages.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("this build has no kernel image " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("kernel image " + resource + " cannot be read", e);
    }
  }
}

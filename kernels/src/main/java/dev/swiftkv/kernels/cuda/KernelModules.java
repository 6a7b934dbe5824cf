package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.cuda.KernelImages.Image;
import dev.swiftkv.kernels.cuda.KernelImages.KernelModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernels of this build, loaded into one context, which owns them. Safe from any thread. */
final class KernelModules {
  private static final Logger LOG = LoggerFactory.getLogger(KernelModules.class);

  private final CudaContext context;
  private final List<CUmodule> modules;
  private final List<String> resources;
  private final Map<String, Optional<CudaKernel>> kernels = new ConcurrentHashMap<>();

  private KernelModules(CudaContext context, List<CUmodule> modules, List<String> resources) {
    this.context = context;
    this.modules = modules;
    this.resources = resources;
  }

  /**
   * Loads every module for the context's device: compiled code where the build has it and the
   * driver takes it, else PTX, which the driver compiles and keeps for next time.
   *
   * @throws IllegalStateException naming a module that the driver took in no form, and why
   */
  static KernelModules load(CudaContext context) {
    CudaDevice device = context.device();
    context.enter();
    List<CUmodule> modules = new ArrayList<>();
    List<String> resources = new ArrayList<>();
    try (ImageLoader loader = new ImageLoader(context)) {
      for (KernelModule module : KernelImages.forCapability(device.major(), device.minor())) {
        resources.add(loadFirst(context, loader, module, modules));
      }
    }
    if (modules.isEmpty()) {
      throw new IllegalStateException("this build has no kernels for " + device.description());
    }
    LOG.debug("{} runs {}", device.label(), resources);
    return new KernelModules(context, modules, resources);
  }

  /** The image that the driver took of each module, as in {@code embed.fatbin}. */
  List<String> images() {
    return resources;
  }

  boolean hasKernel(String name) {
    return find(name).isPresent();
  }

  CudaKernel kernel(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "There is no kernel %s for %s, only those in %s"
                        .formatted(name, context.device().label(), resources)));
  }

  private static String loadFirst(
      CudaContext context, ImageLoader loader, KernelModule module, List<CUmodule> modules) {
    List<String> refusals = new ArrayList<>();
    for (Image image : module.images()) {
      CUmodule loaded = new CUmodule();
      int result = loader.load(loaded, image.bytes());
      if (result == CUresult.CUDA_SUCCESS) {
        modules.add(loaded);
        return image.resource();
      }
      if (CudaResults.isSticky(result) || result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
        String call = "cuModuleLoadDataEx(%s)".formatted(image.resource());
        throw context.status().problem(result, call);
      }
      String said = "%s %s".formatted(CudaResults.describe(result), loader.errorLog()).strip();
      refusals.add("%s: %s".formatted(image.resource(), said));
    }
    throw new IllegalStateException(
        "%s takes no image of the kernels %s (%s)"
            .formatted(context.device().description(), module.name(), String.join("; ", refusals)));
  }

  private Optional<CudaKernel> find(String name) {
    Optional<CudaKernel> known = kernels.get(name);
    return known == null ? kernels.computeIfAbsent(name, this::look) : known;
  }

  private Optional<CudaKernel> look(String name) {
    context.enter();
    CUfunction function = new CUfunction();
    for (CUmodule module : modules) {
      int result = JCudaDriver.cuModuleGetFunction(function, module, name);
      if (result == CUresult.CUDA_SUCCESS) {
        return Optional.of(prepare(name, function));
      }
      if (result != CUresult.CUDA_ERROR_NOT_FOUND) {
        throw context.status().problem(result, "cuModuleGetFunction(%s)".formatted(name));
      }
    }
    return Optional.empty();
  }

  private CudaKernel prepare(String name, CUfunction function) {
    int own = attribute(name, function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
    int dynamic = context.device().sharedBytesPerBlock() - own;
    context
        .status()
        .check(
            JCudaDriver.cuFuncSetAttribute(
                function,
                CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                dynamic),
            "cuFuncSetAttribute(" + name + ", dynamic shared bytes = %d)",
            dynamic);
    int threads =
        attribute(name, function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
    return new CudaKernel(name, function, threads, dynamic);
  }

  private int attribute(String name, CUfunction function, int attribute) {
    int[] value = new int[1];
    context
        .status()
        .check(
            JCudaDriver.cuFuncGetAttribute(value, attribute, function),
            "cuFuncGetAttribute(" + name + ", attribute = %d)",
            attribute);
    return value[0];
  }
}

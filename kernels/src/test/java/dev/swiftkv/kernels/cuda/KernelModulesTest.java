package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.DeviceFailedException;
import dev.swiftkv.kernels.cuda.KernelImages.KernelModule;
import java.util.List;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelModulesTest {
  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @ParameterizedTest
  @CsvSource({"8, 0, 166912", "8, 9, 101376", "9, 0, 232448", "10, 0, 232448"})
  void everyKernelOfTheDeviceCanBeHad(int major, int minor, int sharedBytes) {
    EmulatedGpu.require("capability=" + major + "." + minor);
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE)) {
      for (KernelModule module : KernelImages.forCapability(major, minor)) {
        for (CompiledKernels.Entry entry : entries(module)) {
          CudaKernel kernel = context.kernel(entry.name());
          assertThat(kernel.name()).isEqualTo(entry.name());
          assertThat(kernel.maxThreads()).isEqualTo(entry.threads());
          assertThat(kernel.maxSharedBytes()).isEqualTo(sharedBytes);
          assertThat(context.kernel(entry.name())).isSameAs(kernel);
        }
      }
    }
  }

  @Test
  void aKernelThatIsNotThereIsNamed() {
    EmulatedGpu.require("");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE)) {
      assertThat(context.hasKernel(RowNorm.KERNEL)).isTrue();
      assertThat(context.hasKernel("rms_norm_f8")).isFalse();
      assertThatThrownBy(() -> context.kernel("rms_norm_f8"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("There is no kernel rms_norm_f8 for GPU 0 (Emulated GPU 0)")
          .hasMessageContaining("rms_norm");
    }
  }

  @Test
  void theNextImageIsTakenWhereTheDriverRefusesTheFirst() {
    EmulatedGpu.require("capability=9.0");
    List<KernelModule> modules = KernelImages.forCapability(9, 0);
    EmulatedGpu.fail("cuModuleLoadDataEx", 1, CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU);
    boolean hasCompiledCode = modules.get(0).images().size() > 1;
    if (hasCompiledCode) {
      try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE)) {
        assertThat(context.kernelImages().get(0)).isEqualTo(resource(modules.get(0), 1));
        assertThat(context.kernelImages().get(1)).isEqualTo(resource(modules.get(1), 0));
      }
    }
  }

  @Test
  void aModuleThatTheDriverTakesInNoFormIsNamedWithWhatTheDriverSaid() {
    EmulatedGpu.require("capability=9.0");
    KernelModule first = KernelImages.forCapability(9, 0).get(0);
    for (int i = 0; i < first.images().size(); i++) {
      EmulatedGpu.fail("cuModuleLoadDataEx", 1 + i, CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
    }
    assertThatThrownBy(() -> CudaContext.open(0, Long.MAX_VALUE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("GPU 0 (Emulated GPU 0), compute capability 9.0")
        .hasMessageContaining("takes no image of the kernels " + first.name())
        .hasMessageContaining(first.name() + ".ptx: CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)")
        .hasMessageContaining("Install a newer NVIDIA driver");
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  @Test
  void anErrorThatEndsTheContextIsNotTakenForARefusal() {
    EmulatedGpu.require("");
    EmulatedGpu.failForGood("cuModuleLoadDataEx", 2, CUresult.CUDA_ERROR_ECC_UNCORRECTABLE);
    assertThatThrownBy(() -> CudaContext.open(0, Long.MAX_VALUE))
        .isInstanceOf(DeviceFailedException.class)
        .hasMessageContaining("cuModuleLoadData");
    assertThat(EmulatedGpu.leftovers()).isEmpty();
  }

  private static String resource(KernelModule module, int image) {
    return module.images().get(image).resource();
  }

  private static List<CompiledKernels.Entry> entries(KernelModule module) {
    String ptx = CompiledKernels.text(CompiledKernels.KEPT.resolve(module.name() + ".ptx"));
    return CompiledKernels.entries(ptx);
  }
}

package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.cuda.KernelImages.Image;
import dev.swiftkv.kernels.cuda.KernelImages.KernelModule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelImagesTest {
  private static final int FATBIN_MAGIC = 0xBA55ED50;

  @Test
  void devicesTooOldGetNothing() {
    assertThat(KernelImages.forCapability(7, 5)).isEmpty();
  }

  @Test
  void onlyTheArchitectureItWasMadeForGetsWgmma() {
    List<String> sources = CompiledKernels.names(CompiledKernels.SOURCES, ".cu");
    List<String> general = sources.stream().filter(name -> !name.contains("wgmma")).toList();
    assertThat(names(9, 0)).isEqualTo(sources);
    assertThat(names(8, 0)).isEqualTo(general);
    assertThat(names(8, 9)).isEqualTo(general);
    assertThat(names(10, 0)).isEqualTo(general);
  }

  @Test
  void compiledCodeComesBeforePtx() {
    for (KernelModule module : KernelImages.forCapability(9, 0)) {
      List<Image> images = module.images();
      byte[] last = images.get(images.size() - 1).bytes();
      assertThat(images.get(images.size() - 1).resource()).endsWith(module.name() + ".ptx");
      assertThat(last[last.length - 1]).isZero();
      if (images.size() > 1) {
        ByteBuffer first = ByteBuffer.wrap(images.get(0).bytes()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(first.getInt(0)).isEqualTo(FATBIN_MAGIC);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 0", "8, 6", "9, 0", "10, 0"})
  void aDriverTakesEveryImageThatItIsGiven(int major, int minor) {
    try (EmulatedContext context = new EmulatedContext("capability=" + major + "." + minor)) {
      for (KernelModule module : KernelImages.forCapability(major, minor)) {
        for (Image image : module.images()) {
          assertThat(CUresult.stringFor(load(image)))
              .as(image.resource())
              .isEqualTo("CUDA_SUCCESS");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 0", "10, 0"})
  void aDriverRefusesWhatIsForAnotherDevice(int major, int minor) {
    try (EmulatedContext context = new EmulatedContext("capability=" + major + "." + minor)) {
      assertThat(KernelImages.forCapability(9, 0))
          .filteredOn(module -> module.name().contains("wgmma"))
          .flatExtracting(KernelModule::images)
          .isNotEmpty()
          .allSatisfy(
              image ->
                  assertThat(load(image))
                      .isIn(
                          CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, CUresult.CUDA_ERROR_INVALID_PTX));
    }
  }

  private static int load(Image image) {
    return JCudaDriver.cuModuleLoadData(new CUmodule(), image.bytes());
  }

  private static List<String> names(int major, int minor) {
    return KernelImages.forCapability(major, minor).stream().map(KernelModule::name).toList();
  }
}

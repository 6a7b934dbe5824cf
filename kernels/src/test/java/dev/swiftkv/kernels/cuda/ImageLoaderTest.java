package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ImageLoaderTest {
  @AfterEach
  void leaveNoMachineBehind() {
    EmulatedGpu.remove();
  }

  @Test
  void keepsWhatTheCompilerSaysOfTheLastImage() {
    EmulatedGpu.require("driver=12000");
    try (CudaContext context = CudaContext.open(0, Long.MAX_VALUE);
        ImageLoader loader = new ImageLoader(context)) {
      assertThat(loader.load(new CUmodule(), image(EmulatedContext.PTX)))
          .isEqualTo(CUresult.CUDA_SUCCESS);
      assertThat(loader.errorLog()).isEmpty();
      String tooNew = EmulatedContext.PTX.replace(".version 8.0", ".version 9.0");
      assertThat(loader.load(new CUmodule(), image(tooNew)))
          .isEqualTo(CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
      assertThat(loader.errorLog())
          .isEqualTo("emulated compiler: the .version or the .target is not of this device");
      assertThat(loader.load(new CUmodule(), image(EmulatedContext.PTX)))
          .isEqualTo(CUresult.CUDA_SUCCESS);
      assertThat(loader.errorLog()).isEmpty();
    }
  }

  private static byte[] image(String ptx) {
    return (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
  }
}

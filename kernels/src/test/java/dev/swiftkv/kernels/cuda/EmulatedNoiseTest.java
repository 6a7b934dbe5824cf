package dev.swiftkv.kernels.cuda;

import static dev.swiftkv.kernels.cuda.EmulatedContext.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.Bf16;
import dev.swiftkv.kernels.NoiseBand;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** Weights made on the device are those that the host would have read. */
class EmulatedNoiseTest {
  private static final int COLUMNS = 100;
  private static final int TILES_ACROSS = 2;
  private static final int TILE_BYTES = 16384;

  @Test
  void theDeviceMakesTheRowsOfEveryBand() {
    // As gate and up are interleaved, with a third matrix below them.
    List<NoiseBand> bands =
        List.of(
            NoiseBand.whole(-3, 0.5f, 50).placed(0, 2),
            NoiseBand.whole(4, 0.5f, 50).placed(1, 2),
            NoiseBand.whole(5, 0.02f, 40).placed(100, 1));
    try (EmulatedContext context = new EmulatedContext("")) {
      byte[] tiles = new byte[2 * TILES_ACROSS * TILE_BYTES];
      CUdeviceptr weight = context.allocate(tiles.length);
      CUfunction fill = function();
      bands.forEach(band -> launch(fill, band, weight));
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(tiles), weight, tiles.length));
      ByteBuffer stored = ByteBuffer.wrap(tiles).order(ByteOrder.nativeOrder());
      float[] expected = new float[COLUMNS];
      for (NoiseBand band : bands) {
        for (int i = 0; i < band.rows(); i++) {
          band.readRow(i, COLUMNS, expected);
          assertThat(row(stored, band.firstRow() + i * band.rowStep())).isEqualTo(expected);
        }
      }
    }
  }

  private static void launch(CUfunction fill, NoiseBand band, CUdeviceptr weight) {
    ByteBuffer arguments = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder());
    arguments.putLong(EmulatedContext.address(weight)).putLong(band.seed());
    arguments.putInt(band.rows()).putInt(COLUMNS).putFloat(band.scale());
    arguments.putInt(band.firstRow()).putInt(band.rowStep());
    Pointer table = Pointer.to(Pointer.to(arguments.rewind()));
    ok(JCudaDriver.cuLaunchKernel(fill, band.rows(), 1, 1, 128, 1, 1, 0, null, table, null));
    ok(JCudaDriver.cuCtxSynchronize());
  }

  /** A row of a tiled, permuted weight; layout.cuh says where its elements lie. */
  private static float[] row(ByteBuffer tiles, int row) {
    int inGroup = row & 63;
    int place = (row & ~63) + 8 * (inGroup >> 1 & 7) + 2 * (inGroup >> 4 & 3) + (inGroup & 1);
    float[] values = new float[COLUMNS];
    for (int column = 0; column < COLUMNS; column++) {
      int tile = place / 128 * TILES_ACROSS + column / 64;
      int chunk = column % 64 / 8 ^ place & 7;
      int at = tile * TILE_BYTES + place % 128 * 128 + chunk * 16 + column % 8 * 2;
      values[column] = Bf16.toFloat(tiles.getShort(at));
    }
    return values;
  }

  private static CUfunction function() {
    KernelImages.KernelModule convert =
        KernelImages.forCapability(9, 0).stream()
            .filter(each -> each.name().equals("convert"))
            .findFirst()
            .orElseThrow();
    CUmodule module = new CUmodule();
    assertThat(convert.images())
        .anyMatch(
            image -> JCudaDriver.cuModuleLoadData(module, image.bytes()) == CUresult.CUDA_SUCCESS);
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, "fill_random_bf16"));
    return function;
  }
}

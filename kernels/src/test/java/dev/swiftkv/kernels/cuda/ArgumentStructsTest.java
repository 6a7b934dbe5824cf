package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.cuda.CompiledKernels.Entry;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The sizes of the structs that Java fills are those that the compiled kernels take. */
class ArgumentStructsTest {
  static final List<String> MODULES = CompiledKernels.names(CompiledKernels.KEPT, ".ptx");

  @ParameterizedTest
  @FieldSource("MODULES")
  void theKernelsOfEveryModuleTakeWhatIsWritten(String module) {
    String ptx = CompiledKernels.text(CompiledKernels.KEPT.resolve(module + ".ptx"));
    List<Entry> entries = CompiledKernels.entries(ptx);
    assertThat(entries).isNotEmpty();
    for (Entry entry : entries) {
      assertThat(bytes(entry.name())).as(entry.name()).isEqualTo(entry.argumentBytes());
    }
  }

  private static int bytes(String kernel) {
    if (kernel.startsWith("gemm_")) {
      return ArgumentStructs.GEMM_BYTES;
    }
    if (kernel.startsWith("attend_")) {
      return ArgumentStructs.ATTEND_BYTES;
    }
    return switch (kernel) {
      case "embed_bf16", "embed_f32" -> ArgumentStructs.EMBED_BYTES;
      case "rms_norm_bf16", "rms_norm_f32" -> ArgumentStructs.RMS_NORM_BYTES;
      case "scatter_heads_bf16", "scatter_heads_f32" -> ArgumentStructs.SCATTER_HEADS_BYTES;
      case "gated_activation_f32" -> ArgumentStructs.GATED_ACTIVATION_BYTES;
      case "gather_rows" -> ArgumentStructs.GATHER_ROWS_BYTES;
      case "sample" -> ArgumentStructs.SAMPLE_BYTES;
      case "pack_weight_bf16", "tile_rows_bf16", "untile_rows_bf16" ->
          ArgumentStructs.CONVERT_BYTES;
      case "fill_random_bf16" -> ArgumentStructs.FILL_RANDOM_BYTES;
      default -> throw new AssertionError("nobody writes the arguments of " + kernel);
    };
  }
}

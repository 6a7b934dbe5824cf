package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.cuda.CompiledKernels.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the compiled kernels use of a processor; where nvcc compiled them. */
class KernelResourcesTest {
  /** Kernels in which a model spends its time. */
  private static final String HOT = "(gemm|attend)_.*";

  private static final Path TABLE = CompiledKernels.BUILT.resolve("resources.md");

  @BeforeEach
  void requireCompiler() {
    boolean compiled = Files.exists(CompiledKernels.BUILT.resolve("compiler.txt"));
    assumeTrue(compiled, "no nvcc: the kernels' use of registers was not checked");
  }

  @Test
  void hotKernelsKeepTheirValuesInRegisters() {
    assertThat(uses().stream().filter(use -> use.name().matches(HOT)))
        .allSatisfy(
            use -> {
              assertThat(use.spillBytes()).as("spilled by %s", use).isZero();
              assertThat(use.stackBytes()).as("stack of %s", use).isZero();
              assertThat(use.registers()).as("registers of %s", use).isLessThanOrEqualTo(255);
            });
  }

  /** ptxas says with the numbers C7508 to C7515 that it could not overlap wgmma instructions. */
  @Test
  void tensorCoreInstructionsAreNotSerialised() {
    for (String name : CompiledKernels.names(CompiledKernels.BUILT, ".log")) {
      assertThat(log(name).lines().filter(line -> line.matches(".*(C75\\d\\d|serialized).*")))
          .as("report of ptxas on %s.cu", name)
          .isEmpty();
    }
  }

  @Test
  void everyKernelIsCompiledForItsArchitectures() throws IOException {
    List<Use> uses = uses();
    for (String name : CompiledKernels.names(CompiledKernels.SOURCES, ".cu")) {
      String ptx = CompiledKernels.text(CompiledKernels.BUILT.resolve(name + ".ptx"));
      List<String> expected =
          name.contains("wgmma") ? List.of("sm_90a") : List.of("sm_80", "sm_90");
      for (CompiledKernels.Entry entry : CompiledKernels.entries(ptx)) {
        assertThat(uses.stream().filter(use -> use.name().equals(entry.name())))
            .extracting(Use::architecture)
            .containsExactlyElementsOf(expected);
      }
    }
    Files.writeString(TABLE, table(uses));
  }

  private static List<Use> uses() {
    List<Use> uses = new ArrayList<>();
    for (String name : CompiledKernels.names(CompiledKernels.SOURCES, ".cu")) {
      uses.addAll(CompiledKernels.uses(log(name)));
    }
    uses.sort(Comparator.comparing(Use::name).thenComparing(Use::architecture));
    return uses;
  }

  private static String log(String name) {
    return CompiledKernels.text(CompiledKernels.BUILT.resolve(name + ".log"));
  }

  private static String table(List<Use> uses) throws IOException {
    StringBuilder table = new StringBuilder();
    table.append("| kernel | architecture | registers | spilled bytes | static shared bytes |\n");
    table.append("| --- | --- | --- | --- | --- |\n");
    for (Use use : uses) {
      table.append(
          "| `%s` | %s | %d | %d | %d |%n"
              .formatted(
                  use.name(),
                  use.architecture(),
                  use.registers(),
                  use.spillBytes(),
                  use.sharedBytes()));
    }
    table.append("\n| file | fatbin bytes | PTX bytes |\n| --- | --- | --- |\n");
    for (String name : CompiledKernels.names(CompiledKernels.SOURCES, ".cu")) {
      long fatbin = Files.size(CompiledKernels.PACKED.resolve(name + ".fatbin"));
      long ptx = Files.size(CompiledKernels.BUILT.resolve(name + ".ptx"));
      table.append("| `%s` | %d | %d |%n".formatted(name, fatbin, ptx));
    }
    return table.toString();
  }
}

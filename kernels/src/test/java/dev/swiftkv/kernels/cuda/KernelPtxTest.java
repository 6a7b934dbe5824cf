package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swiftkv.kernels.cuda.CompiledKernels.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The PTX that is kept beside the sources. */
class KernelPtxTest {
  private static final String REMEDY = "run src/main/cuda/update_ptx.sh and commit what it changes";
  private static final String DRIVER_CHECKS = "driver_check_";

  @Test
  void thereIsOneFileForEverySource() {
    assertThat(CompiledKernels.names(CompiledKernels.KEPT, ".ptx"))
        .as(REMEDY)
        .isEqualTo(CompiledKernels.names(CompiledKernels.SOURCES, ".cu"));
  }

  @Test
  void isWhatTheSourcesCompileTo() {
    Path compiler = CompiledKernels.BUILT.resolve("compiler.txt");
    assumeTrue(Files.exists(compiler), "no nvcc: whether the PTX is current was not checked");
    String built = CompiledKernels.text(compiler).strip();
    String kept = CompiledKernels.text(CompiledKernels.KEPT.resolve("compiler.txt")).strip();
    assumeTrue(built.equals(kept), "the PTX was made by nvcc " + kept + ", this is " + built);

    assertThat(CompiledKernels.names(CompiledKernels.SOURCES, ".cu"))
        .as(REMEDY)
        .allMatch(name -> ptx(name).equals(builtPtx(name)));
  }

  @Test
  void saysNothingAboutTheMachineThatMadeIt() {
    for (String name : CompiledKernels.names(CompiledKernels.KEPT, ".ptx")) {
      String target = name.contains("wgmma") ? "sm_90a" : "sm_80";
      assertThat(ptx(name))
          .startsWith(".version 8.0\n.target " + target + "\n.address_size 64\n")
          .doesNotContain("//", ".file", ".loc", "/work", "/tmp");
    }
  }

  /** With the same argument sizes and threads. */
  @Test
  void declaresTheKernelsThatAreEmulated() {
    EmulatedGpu.require();
    Map<String, String> declared = new TreeMap<>();
    for (Entry entry : allEntries()) {
      declared.put(entry.name(), entry.argumentBytes() + " bytes, " + entry.threads() + " threads");
    }
    Map<String, String> emulated = new TreeMap<>();
    EmulatedGpu.emulatedKernels()
        .forEach(
            (name, kernel) -> {
              if (!name.startsWith(DRIVER_CHECKS)) {
                emulated.put(
                    name, kernel.argumentBytes() + " bytes, " + kernel.threads() + " threads");
              }
            });
    assertThat(declared).isEqualTo(emulated);
  }

  @Test
  void noTwoFilesDeclareTheSameKernel() {
    assertThat(allEntries().stream().map(Entry::name)).doesNotHaveDuplicates();
  }

  private static List<Entry> allEntries() {
    List<Entry> entries = new ArrayList<>();
    for (String name : CompiledKernels.names(CompiledKernels.KEPT, ".ptx")) {
      List<Entry> found = CompiledKernels.entries(ptx(name));
      assertThat(found).as("entry points of %s", name).isNotEmpty();
      entries.addAll(found);
    }
    return entries;
  }

  private static String builtPtx(String name) {
    return CompiledKernels.text(CompiledKernels.BUILT.resolve(name + ".ptx"));
  }

  private static String ptx(String name) {
    return CompiledKernels.text(CompiledKernels.KEPT.resolve(name + ".ptx"));
  }
}

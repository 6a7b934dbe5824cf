package dev.swiftkv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the jar for spark-submit holds. */
class OneJarTest {
  private static final String NAME = "spark-swiftkv-[0-9.]+(-SNAPSHOT)?\\.jar";
  private static final String GPU = "dev/swiftkv/kernels/cuda/";

  private static final Set<String> ENTRIES = new TreeSet<>();
  private static List<String> kernels;

  @BeforeAll
  static void open() throws IOException {
    Path target = TestFiles.inRepository("spark-udf/target");
    List<Path> jars;
    try (Stream<Path> files = Files.list(target)) {
      jars = files.filter(file -> file.getFileName().toString().matches(NAME)).toList();
    }
    assumeTrue(jars.size() == 1, "The jar is not packed yet: run ./mvnw verify");
    try (JarFile jar = new JarFile(jars.get(0).toFile())) {
      jar.stream().forEach(entry -> ENTRIES.add(entry.getName()));
      kernels =
          new String(
                  jar.getInputStream(jar.getEntry(GPU + "kernels.txt")).readAllBytes(),
                  StandardCharsets.UTF_8)
              .lines()
              .map(line -> line.substring(0, line.indexOf(' ')))
              .toList();
    }
  }

  @Test
  void nativeCodeFindsItsClassesByTheirNames() {
    assertThat(ENTRIES)
        .contains(
            "jcuda/driver/JCudaDriver.class",
            "jcuda/LibUtils.class",
            "ai/djl/huggingface/tokenizers/jni/TokenizersLibrary.class");
    assertThat(ENTRIES).noneMatch(entry -> entry.matches("dev/swiftkv/shaded/.*(jcuda|djl).*"));
  }

  @Test
  void everyNativeLibraryIsThere() {
    assertThat(ENTRIES)
        .contains(
            "dev/swiftkv/kernels/cpu/linux-x86_64/libdnnl.so.3",
            "native/lib/linux-x86_64/cpu/libtokenizers.so")
        .anyMatch(entry -> entry.matches(GPU + "linux-x86_64/libJCudaDriver-.*\\.so"));
  }

  @Test
  void everyGpuKernelIsThereAsPtxAndCompiledWhereTheBuildCould() {
    assertThat(kernels).contains("embed", "gemm_mma", "gemm_wgmma", "sample");
    assertThat(ENTRIES).containsAll(kernels.stream().map(k -> GPU + "ptx/" + k + ".ptx").toList());
    List<String> compiled =
        ENTRIES.stream()
            .filter(entry -> entry.startsWith(GPU) && entry.endsWith(".fatbin"))
            .map(entry -> entry.substring(GPU.length(), entry.length() - ".fatbin".length()))
            .toList();
    if (!compiled.isEmpty()) {
      assertThat(compiled).containsExactlyInAnyOrderElementsOf(kernels);
    }
  }

  @Test
  void whatSparkBringsIsLeftToSpark() {
    assertThat(ENTRIES)
        .noneMatch(
            entry ->
                entry.startsWith("com/fasterxml/jackson/core/")
                    || entry.startsWith("org/slf4j/")
                    || entry.startsWith("org/apache/spark/")
                    || entry.startsWith("scala/"));
  }
}

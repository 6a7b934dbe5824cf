package dev.swiftkv;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageInfoTest {
  private static final Path REPOSITORY = Path.of(System.getProperty("swiftkv.repository"));

  @ParameterizedTest
  @ValueSource(strings = {"kernels", "kvcache", "executor-engine", "spark-udf", "benchmarks"})
  void everyPackageSaysWhatItIsFor(String module) throws IOException {
    for (Path folder : packages(REPOSITORY.resolve(module).resolve("src/main/java"))) {
      Path info = folder.resolve("package-info.java");
      assertThat(info).exists();
      assertThat(Files.readString(info)).as(info.toString()).startsWith("/**");
    }
  }

  @Test
  void thereArePackagesToLookAt() throws IOException {
    assertThat(packages(REPOSITORY.resolve("kernels/src/main/java"))).hasSizeGreaterThan(1);
  }

  private static List<Path> packages(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(Path::getParent)
          .distinct()
          .toList();
    }
  }
}

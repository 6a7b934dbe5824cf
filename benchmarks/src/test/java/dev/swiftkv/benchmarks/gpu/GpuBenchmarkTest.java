package dev.swiftkv.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.kernels.Backends;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script of the GPU benchmarks with all its parts, small and without torch, on the emulated GPU
 * where there is one: what nobody can run every day must not rot.
 */
class GpuBenchmarkTest {
  private static final Path REPOSITORY = Path.of(System.getProperty("swiftkv.repository"));
  private static final Path EMULATED_DRIVER =
      REPOSITORY.resolve("kernels/target/test-classes/dev/swiftkv/kernels/cuda/emulated");

  @TempDir private Path directory;

  @Test
  void everyPartMeasuresWhatItShouldOnADeviceThatIsRight() throws Exception {
    JsonNode results = run("doctor,correctness,kernels,engine", "");
    assertThat(results.at("/doctor/doctor").asText()).isNotBlank();

    assertCorrect(results);
    // Six products of two counts of rows, two cases of attention, twice each.
    assertTimed(results.at("/kernels/products"), 24);
    assertTimed(results.at("/kernels/attention"), 4);
    assertTimed(results.at("/kernels/launch"), 3);
    // For both models, two readings at two lengths and a decode step.
    assertThat(results.at("/engine/measurements")).hasSize(10);
    assertThat(Files.readString(directory.resolve("results.md")))
        .contains("## Correctness", "gate_up 384×128", "SwiftKV against own plain")
        .contains("| operations that are not correct | 0 | 0 | – | met |");
  }

  @Test
  void olderTensorCoresAreRightToo() throws Exception {
    assumeTrue(isEmulated(), "there is no emulated GPU");
    assertCorrect(run("correctness", "capability=8.0"));
  }

  private static void assertCorrect(JsonNode results) {
    JsonNode findings = results.at("/correctness/findings");
    assertThat(findings).hasSize(11);
    for (JsonNode one : findings) {
      assertThat(one.get("failures")).as(one + "").isEmpty();
      assertThat(one.get("checks").asInt()).as(one + "").isGreaterThanOrEqualTo(10);
      assertThat(one.get("error").asDouble())
          .as(one + "")
          .isBetween(0.0, one.get("bound").asDouble());
    }
  }

  private static void assertTimed(JsonNode measurements, int count) {
    assertThat(measurements).hasSize(count);
    for (JsonNode one : measurements) {
      // A difference of two times can come out below zero at these sizes.
      boolean difference = one.path("product").asText().equals("gate_up");
      assertThat(difference || one.get("seconds").asDouble() > 0).as(one + "").isTrue();
    }
  }

  private static boolean isEmulated() {
    return Files.exists(EMULATED_DRIVER.resolve("libcuda.so.1"))
        && Backends.describe().contains("cuda");
  }

  private JsonNode run(String parts, String gpu) throws IOException, InterruptedException {
    assumeTrue(hasPython(), "there is no python3");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    ProcessBuilder builder =
        new ProcessBuilder(
            "python3",
            REPOSITORY.resolve("benchmarks/gpu/run").toString(),
            "--scale",
            "tiny",
            "--part",
            parts,
            "--without-torch",
            "--device",
            isEmulated() ? "cuda" : "cpu",
            "--java",
            "'" + java + "' -Xmx1g",
            "--output",
            directory.toString());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    if (isEmulated()) {
      builder.environment().put("SWIFTKV_EMULATED_GPU", gpu);
      builder.environment().put("LD_LIBRARY_PATH", EMULATED_DRIVER.toString());
    }
    Path log = directory.resolve("run.log");
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended = process.waitFor(10, TimeUnit.MINUTES);
    process.destroyForcibly();
    String said = Files.readString(log, StandardCharsets.UTF_8) + engineLog();
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return new ObjectMapper().readTree(directory.resolve("results.json").toFile());
  }

  private String engineLog() throws IOException {
    Path log = directory.resolve("engine.log");
    return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}

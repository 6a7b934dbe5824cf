package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks in C++ of single kernels under emulation, and of the emulator itself. */
class KernelChecksTest {
  @ParameterizedTest
  @ValueSource(strings = {"plain", "sanitized"})
  void everyCheckPasses(String mode) throws Exception {
    assumeTrue(hasCompiler(), "there is no g++");
    String output = run("checks.sh", "cuda-checks-" + mode, mode);
    assertThat(output).contains("passed in");
  }

  /** Whether the checks notice them is a matter of minutes: see mutants.sh. */
  @Test
  void everyMutantStillFitsItsSource() throws Exception {
    run("mutants.sh", "cuda-mutants", "--apply-only");
  }

  private static String run(String script, String directory, String argument) throws Exception {
    Path log = Files.createDirectories(Path.of("target")).resolve(directory + ".log");
    Process process =
        new ProcessBuilder("sh", "src/test/cuda/" + script, "target/" + directory, argument)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int result = process.waitFor();
    String output = Files.readString(log, StandardCharsets.UTF_8);
    assertThat(result).as(output).isZero();
    return output;
  }

  private static boolean hasCompiler() throws InterruptedException {
    try {
      return new ProcessBuilder("g++", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}

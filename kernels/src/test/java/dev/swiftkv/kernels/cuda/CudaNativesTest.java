package dev.swiftkv.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In JVMs of their own, since a library is loaded once. */
class CudaNativesTest {
  private static final String LIBRARY_OF_JCUDA = "libJCudaDriver-12.6.0-linux-x86_64.so";

  @TempDir private Path folder;
  private Path temporary;

  @BeforeEach
  void makeFolders() throws IOException {
    temporary = Files.createDirectory(folder.resolve("tmp"));
  }

  @Test
  void manyJvmsStartTogetherAndLeaveNothingBehind() throws Exception {
    EmulatedGpu.require();
    List<Probing> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(new Probing("answer" + i, true, 1, ""));
    }
    for (Probing each : all) {
      assertThat(each.answer()).isEqualTo(CudaProbeMain.READY);
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void whatLiesInTheSharedFolderIsNotLoaded() throws Exception {
    EmulatedGpu.require();
    Files.writeString(temporary.resolve(LIBRARY_OF_JCUDA), "written by somebody else");
    assertThat(new Probing("answer", true, 1, "").answer()).isEqualTo(CudaProbeMain.READY);
  }

  @Test
  void severalClassLoadersEachLoadTheirOwn() throws Exception {
    EmulatedGpu.require();
    assertThat(new Probing("answer", true, 3, "").answer()).isEqualTo("ready ready ready");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void aMachineWithoutDriverIsToldApart() throws Exception {
    Assumptions.assumeFalse(hasDriver(), "this machine has a driver");
    assertThat(new Probing("answer", false, 1, "").answer())
        .isEqualTo("no NVIDIA driver: libcuda.so.1 was not found");
  }

  @Test
  void aDriverThatCannotBeLoadedIsAReasonAndNotAnError() throws Exception {
    Assumptions.assumeFalse(hasDriver(), "this machine has a driver");
    Files.writeString(folder.resolve(DriverLibrary.FILE), "no library at all");
    assertThat(new Probing("answer", false, 1, folder.toString()).answer())
        .startsWith("JCuda's library could not be loaded: ")
        .contains("libcuda.so.1")
        .doesNotContain("\n");
  }

  /** Of the machine and not of this JVM, which may have loaded the emulated one. */
  private boolean hasDriver() throws Exception {
    return !new Probing("whether", false, 1, "").answer().startsWith("no NVIDIA driver");
  }

  /** A JVM that probes. */
  private final class Probing {
    private final Path answer;
    private final Path output;
    private final Process process;

    Probing(String name, boolean emulated, int loaders, String libraries) throws IOException {
      answer = folder.resolve(name);
      output = folder.resolve(name + ".log");
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Djava.io.tmpdir=" + temporary,
              "-Duser.home=/nonexistent",
              "-XX:-UsePerfData",
              "-cp",
              System.getProperty("java.class.path"),
              CudaProbeMain.class.getName(),
              answer.toString(),
              String.valueOf(emulated),
              String.valueOf(loaders));
      builder.environment().remove("HOME");
      builder.environment().put("LD_LIBRARY_PATH", libraries);
      process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    String answer() throws Exception {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      return Files.readString(answer);
    }
  }
}

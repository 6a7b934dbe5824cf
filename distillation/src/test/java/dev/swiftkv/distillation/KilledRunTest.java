package dev.swiftkv.distillation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A process that is killed without warning, and one that goes on from what it left. */
class KilledRunTest {
  @TempDir Path folder;

  @Test
  void aKilledProcessIsResumedToTheSameBytes() throws Exception {
    Path base = TinyModels.make(folder, "llama", /* tied */ true);
    Path data =
        Files.writeString(
            folder.resolve("table.jsonl"),
            """
            {"prompt":"the first of them","completion":" one"}
            {"prompt":"a second prompt","completion":" two"}
            {"prompt":"and a third","completion":" three"}
            """);
    Path killed = folder.resolve("killed");
    Path states = folder.resolve("killed.states");
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().get()));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-javaagent"))
        .forEach(command::add);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), DistillationMain.class.getName()));
    command.addAll(arguments(base, data, killed));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("killed.log").toFile())
            .start();
    while (process.isAlive() && !Files.isDirectory(states.resolve("step-00000020"))) {
      Thread.sleep(2);
    }
    assertThat(process.isAlive()).as("%s", Files.readString(folder.resolve("killed.log"))).isTrue();
    process.destroyForcibly();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("SIGKILL").isEqualTo(128 + 9);
    assertThat(killed).doesNotExist();

    assertThat(execute(arguments(base, data, killed))).contains("Give --resume to go on");
    List<String> resume = new ArrayList<>(arguments(base, data, killed));
    resume.add("--resume");
    assertThat(execute(resume)).contains("written to " + killed).doesNotContain("step 1 of");
    Path whole = folder.resolve("whole");
    assertThat(execute(arguments(base, data, whole))).contains("written to " + whole);
    assertThat(killed.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    assertThat(states).doesNotExist();
  }

  private static List<String> arguments(Path base, Path data, Path output) {
    return List.of(
        "distill",
        "--model=" + base,
        "--data=" + data,
        "--output=" + output,
        "--key-value-layers=2",
        "--threads=2",
        "--steps=400",
        "--batch-tokens=24",
        "--save-every=10",
        "--dtype=f32");
  }

  /** What a command says. */
  private static String execute(List<String> arguments) throws IOException {
    StringWriter said = new StringWriter();
    CommandLine command = DistillationMain.commandLine();
    command.setOut(new PrintWriter(said, true));
    command.setErr(new PrintWriter(said, true));
    command.execute(arguments.toArray(String[]::new));
    return said.toString();
  }
}

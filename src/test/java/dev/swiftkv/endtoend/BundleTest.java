package dev.swiftkv.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.TestFiles;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.bundle.Archive;
import dev.swiftkv.engine.bundle.Bundle;
import dev.swiftkv.engine.model.LoadedModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.engine.runtime.ResidentEngine;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive of {@code bin/swiftkv bundle}, unpacked where there is nothing else. */
class BundleTest {
  private static final String PROMPT = "Mail thread about a café, order 7429\nCustomer: hello";

  @TempDir private static Path folder;

  private static Path archive;
  private static Path unpacked;

  /** What a run printed and how it ended. */
  private record Run(int exitCode, String out, String err) {}

  @BeforeAll
  static void packAndUnpack() throws Exception {
    assumeTrue(isPacked(), "The modules are not packed yet: run ./mvnw verify");
    archive = folder.resolve("packed").resolve("swiftkv.tar.xz");
    Bundle.of(TestFiles.inRepository(""), null, List.of()).write(new Archive(archive), part -> {});
    Path place = Files.createDirectory(folder.resolve("a place"));
    assertThat(run(Map.of(), "tar", "-xf", archive.toString(), "-C", place.toString()).exitCode)
        .isZero();
    unpacked = place.resolve(Bundle.NAME);
  }

  private static boolean isPacked() throws IOException {
    Path classPath = TestFiles.inRepository(Bundle.CLASS_PATH_FILE);
    return Files.exists(classPath)
        && Stream.of(Files.readString(classPath).strip().split(":"))
            .allMatch(jar -> Files.isRegularFile(Path.of(jar)));
  }

  @Test
  void staysBelowItsLimit() throws IOException {
    assertThat(Files.size(archive)).isLessThan(Bundle.LIMIT_BYTES);
  }

  @Test
  void saysNothingOfTheMachineThatMadeIt() throws IOException {
    List<String> places =
        List.of(TestFiles.inRepository("").toString(), System.getProperty("user.home") + "/.m2");
    try (Stream<Path> files = Files.walk(unpacked)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(places).as(file.toString()).noneMatch(content::contains);
      }
    }
  }

  @Test
  void doctorFindsTheNativeOperations() throws Exception {
    Run run = swiftkv(Map.of(), "doctor", "--json");
    JsonNode diagnosis = new ObjectMapper().readTree(run.out);
    assertThat(run.exitCode).as(run.err).isZero();
    assertThat(run.err).isEmpty();
    assertThat(diagnosis.at("/machine/java").asText()).contains(unpacked.toRealPath().toString());
    assertThat(diagnosis.at("/machine/tokenizer").asText()).contains("loaded");
    assertThat(diagnosis.get("auto").asText()).isEqualTo(Backends.best().orElseThrow());
    assertThat(diagnosis.get("kinds").findValuesAsText("passed")).doesNotContain("false");
  }

  @Test
  void completesLikeTheEngineHere() throws Exception {
    Run run = swiftkv(Map.of(), "complete", "--prompt", PROMPT);
    try (Engine engine =
        ResidentEngine.open(EngineConfig.forModel(TestFiles.demonstrationModel()))) {
      assertThat(run.out).isEqualTo(engine.submit(Request.of(PROMPT)).join().text() + "\n");
    }
    assertThat(run.err).isEmpty();
  }

  @Test
  void makesAModelAndPrintsItsLogits() throws Exception {
    Path model = folder.resolve("made");
    String family = "llama-swiftkv";
    assertThat(
            swiftkv(Map.of(), "make-model", "--family", family, "--output", model.toString())
                .exitCode)
        .isZero();
    Run run =
        swiftkv(
            Map.of(),
            "logits",
            "--model",
            model.toString(),
            "--tokens",
            "1,5,7",
            "--dtype",
            "f32",
            "--json");
    assertThat(run.exitCode).as(run.err).isZero();
    JsonNode logits = new ObjectMapper().readTree(run.out).get("logits");
    try (Backend scalar = Backends.open("scalar", BackendOptions.defaults());
        LoadedModel loaded = LoadedModel.load(model, scalar, DType.F32)) {
      float[][] expected = LogitsRunner.run(loaded, new int[] {1, 5, 7}, 3);
      assertThat(logits).hasSize(3);
      for (int id = 0; id < expected[2].length; id++) {
        assertThat(logits.get(2).get(id).asDouble()).isCloseTo(expected[2][id], within(1e-4));
      }
    }
  }

  @Test
  void measuresAndInspects() throws Exception {
    Run bench =
        swiftkv(
            Map.of(),
            "bench",
            "--json",
            "--prompt-tokens",
            "64",
            "--output-tokens",
            "2",
            "--requests",
            "2");
    assertThat(bench.exitCode).as(bench.err).isZero();
    assertThat(new ObjectMapper().readTree(bench.out).get("gemm_gflops").asDouble()).isPositive();
    assertThat(swiftkv(Map.of(), "inspect").out).contains("LlamaSwiftKVForCausalLM");
  }

  @Test
  void runsOnAGpuWhereThereIsADriver() throws Exception {
    Path driver =
        TestFiles.inRepository("kernels/target/test-classes/dev/swiftkv/kernels/cuda/emulated");
    assumeTrue(Files.exists(driver.resolve("libcuda.so.1")), "There is no emulated GPU: no g++");
    Map<String, String> gpu =
        Map.of(
            "LD_LIBRARY_PATH",
            driver.toString(),
            "SWIFTKV_EMULATED_GPU",
            "devices=2 capability=9.0");

    Run doctor = swiftkv(gpu, "doctor", "--device", "cuda", "--json");
    JsonNode diagnosis = new ObjectMapper().readTree(doctor.out);
    assertThat(doctor.exitCode).as(doctor.err).isZero();
    assertThat(diagnosis.get("auto").asText()).isEqualTo("cuda");
    // Two devices, each in f32 and in bf16.
    assertThat(diagnosis.get("kinds").findValuesAsText("passed")).hasSize(4).containsOnly("true");

    Path model = folder.resolve("made for a GPU");
    String shape = "make-model --family llama-swiftkv --layers 2 --hidden 64 --heads 4 --output";
    List<String> make = new ArrayList<>(List.of(shape.split(" ")));
    make.add(model.toString());
    assertThat(swiftkv(Map.of(), make.toArray(String[]::new)).exitCode).isZero();
    List<String> complete =
        List.of("complete", "--model", model.toString(), "--prompt", PROMPT, "--dtype", "f32");
    String[] onGpu = with(complete, "--max-tokens", "4", "--device", "cuda:1", "--json");
    String[] onCpu = with(complete, "--max-tokens", "4", "--device", "cpu", "--json");
    Run answered = swiftkv(gpu, onGpu);
    assertThat(answered.exitCode).as(answered.err).isZero();
    assertThat(answered.out).isEqualTo(swiftkv(gpu, onCpu).out);
  }

  private static String[] with(List<String> arguments, String... more) {
    return Stream.concat(arguments.stream(), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void runsClassesOfAnotherJar() throws Exception {
    Path jar = folder.resolve("more.jar");
    String name = Guest.class.getName();
    String entry = name.replace('.', '/') + ".class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(new JarEntry(entry));
      Guest.class.getResourceAsStream("/" + entry).transferTo(out);
    }
    Map<String, String> variables =
        Map.of(
            "SWIFTKV_CLASSPATH",
            jar.toString(),
            "SWIFTKV_MAIN",
            name,
            "SWIFTKV_JAVA_OPTS",
            "-Xmx64m -Dguest.greeting=welcome");
    assertThat(swiftkv(variables, "a b", "ä").out).isEqualTo("welcome [a b, ä] scalar\n");
  }

  /** A main class that is not in the bundle and uses what is. */
  public static final class Guest {
    private Guest() {}

    /** Prints a property, its arguments, and the slowest device. */
    public static void main(String[] arguments) {
      try (Backend scalar = Backends.open("scalar", BackendOptions.defaults())) {
        String greeting = System.getProperty("guest.greeting");
        String line = "%s %s %s\n".formatted(greeting, List.of(arguments), scalar.name());
        System.out.writeBytes(line.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  /** Runs the launcher in an environment that knows no Java, no home and no language. */
  private static Run swiftkv(Map<String, String> variables, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(unpacked.resolve("bin/swiftkv").toString()));
    command.addAll(List.of(arguments));
    return run(variables, command.toArray(String[]::new));
  }

  private static Run run(Map<String, String> variables, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(variables);
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process = builder.redirectError(err.toFile()).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, Files.readString(err));
  }
}

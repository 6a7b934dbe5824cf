package dev.swiftkv.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MakeModelCommandTest {
  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama-swiftkv", "qwen2"})
  void makesAModelThatCompletes(String family, @TempDir Path folder) {
    Path model = folder.resolve("model");
    CommandRun made =
        make(model, "--family", family, "--layers", "2", "--hidden", "64", "--heads", "4");
    assertThat(made.exitCode()).isZero();
    assertThat(made.out()).isEqualTo(model + "\n");
    assertThat(made.err()).startsWith("writing ");
    CommandRun completed =
        CommandRun.of(
            "complete",
            "--model",
            model.toString(),
            "--prompt",
            "Hello",
            "--max-tokens",
            "3",
            "--chat");
    assertThat(completed.err()).isEmpty();
    assertThat(completed.exitCode()).isZero();
  }

  @Test
  void makesEqualBytesFromEqualSeeds(@TempDir Path folder) throws IOException {
    for (String name : new String[] {"a", "b"}) {
      make(folder.resolve(name), "--family", "llama", "--layers", "1", "--seed", "4");
    }
    make(folder.resolve("c"), "--family", "llama", "--layers", "1", "--seed", "5");
    byte[] first = Files.readAllBytes(folder.resolve("a/model.safetensors"));
    assertThat(Files.readAllBytes(folder.resolve("b/model.safetensors"))).isEqualTo(first);
    assertThat(Files.readAllBytes(folder.resolve("c/model.safetensors"))).isNotEqualTo(first);
  }

  @Test
  void refusesWhatCannotBe(@TempDir Path folder) throws IOException {
    Path model = folder.resolve("model");
    CommandRun family = make(model, "--family", "bert");
    assertThat(family.exitCode()).isEqualTo(1);
    assertThat(family.err()).contains("There is no model family 'bert'").contains("llama-swiftkv");
    CommandRun layers = make(model, "--family", "llama", "--layers", "0");
    assertThat(layers.exitCode()).isEqualTo(2);
    assertThat(layers.err()).contains("--layers must be at least 1, got 0");
    assertThat(make(model, "--family", "llama", "--dtype", "int8").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("make-model", "--family", "llama").exitCode()).isEqualTo(2);
    assertThat(model).doesNotExist();
    Files.createDirectories(model.resolve("something"));
    CommandRun taken = make(model, "--family", "llama");
    assertThat(taken.exitCode()).isEqualTo(1);
    assertThat(taken.err()).contains("exists already");
  }

  private static CommandRun make(Path output, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "make-model";
    all[1] = "--output";
    all[2] = output.toString();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return CommandRun.of(all);
  }
}

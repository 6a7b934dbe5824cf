package dev.swiftkv.engine.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkTest {
  @TempDir private Path folder;

  @Test
  void readsTheReleaseOfAFolderThatMakesRuntimes() throws IOException {
    Path home = jdk("17.0.15", "Debian");
    assertThat(Jdk.in(home)).contains(new Jdk(home, 17, "Debian"));
    assertThat(Jdk.in(home).orElseThrow().quietOptions()).isEmpty();
    Jdk newer = Jdk.in(jdk("25.0.3", "Eclipse Adoptium")).orElseThrow();
    assertThat(newer.feature()).isEqualTo(25);
    assertThat(newer.quietOptions()).contains("--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void passesOverWhatMakesNone() throws IOException {
    assertThat(Jdk.in(folder)).isEmpty();
    assertThat(Jdk.in(jdk("11.0.2", "Debian"))).isEmpty();
    Path withoutModules = jdk("17.0.16", "Debian");
    Files.delete(withoutModules.resolve("jmods"));
    assertThat(Jdk.in(withoutModules)).isEmpty();
  }

  @Test
  void aNamedFolderMustBeOne() {
    assertThatThrownBy(() -> Bundle.of(folder, folder, List.of()))
        .isInstanceOf(EngineException.class)
        .hasMessage("There is no JDK 17 or later with jlink and jmods in " + folder);
    assertThatThrownBy(() -> Bundle.of(folder, null, List.of(folder.resolve("no.jar"))))
        .hasMessageContaining("There is no jar");
    assertThatThrownBy(() -> new Archive(folder.resolve("x.zip")))
        .hasMessageContaining("must end in .tar.xz or .tar.gz");
  }

  private Path jdk(String version, String implementor) throws IOException {
    Path home = Files.createDirectory(folder.resolve(version));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"%s\"\nJAVA_VERSION=\"%s\"\nOS_NAME=\"Linux\"\n"
            .formatted(implementor, version));
    Path tools = Files.createDirectory(home.resolve("bin"));
    Files.createDirectory(home.resolve("jmods"));
    Path tool = tools.resolve("jlink");
    Files.writeString(tool, "#!/bin/sh\necho usage\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    return home;
  }
}

package dev.swiftkv.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
  @Test
  void loadsAndDescribesItself() {
    assumeTrue(
        NativeLibrary.unavailableReason().isEmpty(),
        () -> NativeLibrary.unavailableReason().orElse(""));

    NativeLibrary.require();

    assertThat(CpuNatives.description())
        .matches("(avx2|avx512|avx512bf16|amx), oneDNN 3\\.\\d+\\.\\d+");
  }

  @Test
  void leavesNoFilesBehind() throws IOException {
    Path directory;
    try (PrivateDirectory opened = PrivateDirectory.create()) {
      directory = opened.path();
      Path copy = opened.extract(getClass(), getClass().getSimpleName() + ".class");
      assertThat(copy).exists();
      assertThat(Files.getPosixFilePermissions(directory))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files).containsExactly(copy);
      }
    }

    assertThat(directory).doesNotExist();
  }

  @Test
  void twoDirectoriesDiffer() throws IOException {
    try (PrivateDirectory first = PrivateDirectory.create();
        PrivateDirectory second = PrivateDirectory.create()) {
      assertThat(first.path()).isNotEqualTo(second.path());
    }
  }

  @Test
  void saysWhenAResourceIsMissing() throws IOException {
    try (PrivateDirectory directory = PrivateDirectory.create()) {
      assertThatThrownBy(() -> directory.extract(getClass(), "absent.so"))
          .isInstanceOf(FileNotFoundException.class)
          .hasMessageContaining("absent.so");
    }
  }
}

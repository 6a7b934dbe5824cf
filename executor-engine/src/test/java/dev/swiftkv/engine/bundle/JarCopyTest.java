package dev.swiftkv.engine.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JarCopyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "native/lib/win-x86_64/cpu/tokenizers.dll",
        "native/lib/linux-aarch64/cpu/libtokenizers.so",
        "com/sun/jna/darwin-aarch64/libjnidispatch.jnilib",
        "META-INF/maven/ai.djl/api/pom.xml",
        "META-INF/versions/9/module-info.class",
        "module-info.class"
      })
  void leavesOutWhatOtherPlatformsNeed(String name) {
    assertThat(JarCopy.isNeeded(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "native/lib/linux-x86_64/cpu/libtokenizers.so",
        "native/lib/tokenizers.properties",
        "com/sun/jna/linux-x86-64/libjnidispatch.so",
        "com/sun/jna/ptr/ByReference.class",
        "dev/swiftkv/kernels/cpu/linux-x86_64/libdnnl.so.3",
        "META-INF/services/dev.swiftkv.kernels.BackendProvider",
        "META-INF/LICENSE"
      })
  void keepsTheRest(String name) {
    assertThat(JarCopy.isNeeded(name)).isTrue();
  }
}

package dev.swiftkv.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.kernels.cpu.PrivateDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Loads the native tokenizers once per JVM from a directory of its own. Left to itself the library
 * would unpack into a shared cache under the home directory and, on a host with CUDA, try to
 * download another build of itself.
 */
final class TokenizerLibrary {
  private TokenizerLibrary() {}

  /**
   * The loaded library.
   *
   * @throws EngineException UNSUPPORTED, with the reason, where it cannot be loaded
   */
  static TokenizersLibrary get() {
    unavailableReason()
        .ifPresent(
            reason -> {
              throw new EngineException(ErrorCategory.UNSUPPORTED, reason, Loaded.FAILURE_OR_NULL);
            });
    return TokenizersLibrary.LIB;
  }

  /** Why the library cannot be loaded here, in one sentence; empty if it is loaded. */
  static Optional<String> unavailableReason() {
    return Optional.ofNullable(Loaded.FAILURE_OR_NULL)
        .map(
            failure ->
                "The native tokenizers cannot be loaded on %s %s: %s"
                    .formatted(
                        System.getProperty("os.name"),
                        System.getProperty("os.arch"),
                        failure.getMessage()));
  }

  private static Throwable load() {
    try (PrivateDirectory directory = PrivateDirectory.create()) {
      Path library = directory.extract(TokenizersLibrary.class, "/native/lib/" + resource());
      if (TokenizersLibrary.class.getClassLoader() == TokenizerLibrary.class.getClassLoader()) {
        System.load(library.toString());
      } else {
        loadInTheirClassLoader(library);
      }
      return null;
    } catch (IOException | RuntimeException | LinkageError e) {
      return e;
    }
  }

  /**
   * Native methods are looked up in the libraries that their own class loader loaded. Where another
   * one than ours brought the Java classes, theirs must load: slower, because they look for CUDA
   * first.
   */
  private static void loadInTheirClassLoader(Path library) {
    Map<String, String> settings =
        Map.of(
            "RUST_LIBRARY_PATH", library.toString(),
            "RUST_FLAVOR", "cpu",
            "DJL_CACHE_DIR", library.getParent().toString());
    Map<String, String> before = new LinkedHashMap<>();
    settings.forEach((name, value) -> before.put(name, System.setProperty(name, value)));
    try {
      LibUtils.checkStatus();
    } finally {
      before.forEach(TokenizerLibrary::restore);
    }
  }

  private static String resource() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String family = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
    String processor = System.getProperty("os.arch").replace("amd64", "x86_64");
    return family + "-" + processor + "/cpu/" + System.mapLibraryName("tokenizers");
  }

  private static void restore(String name, String valueOrNull) {
    if (valueOrNull == null) {
      System.clearProperty(name);
    } else {
      System.setProperty(name, valueOrNull);
    }
  }

  /** Initialised by the first question. */
  private static final class Loaded {
    static final Throwable FAILURE_OR_NULL = load();
  }
}

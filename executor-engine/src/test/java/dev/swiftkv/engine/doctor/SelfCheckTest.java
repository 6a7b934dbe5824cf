package dev.swiftkv.engine.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.DType;
import dev.swiftkv.kernels.Tensor;
import dev.swiftkv.kernels.scalar.ScalarProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SelfCheckTest {
  @Test
  void everyDeviceOfThisMachinePasses() {
    try (SelfCheck check = new SelfCheck()) {
      for (BackendProvider kind : Backends.kinds()) {
        if (kind.unavailableReason().isEmpty()) {
          assertThat(check.run(kind, 0).checks()).isNotEmpty().allSatisfy(this::passes);
        }
      }
    }
  }

  private void passes(CheckResult result) {
    assertThat(result.passed()).as(result.summary()).isTrue();
  }

  @Test
  void aDeviceThatIsOffByThreePartsInAHundredFails() {
    List<CheckResult> results = runWith(1.03f);
    assertThat(results).extracting(CheckResult::type).containsExactly(DType.F32, DType.BF16);
    assertThat(results).noneMatch(CheckResult::passed);
    assertThat(results.get(0).difference()).isBetween(0.029, 0.031);
    assertThat(results.get(0).summary()).startsWith("f32 FAILED: logits differ");
  }

  @Test
  void logitsThatAreNoNumbersFail() {
    List<CheckResult> results = runWith(Float.NaN);
    assertThat(results).noneMatch(CheckResult::passed);
  }

  @Test
  void aDeviceThatDoesNotOpenIsAResult() {
    BackendProvider broken =
        provider(
            options -> {
              throw new IllegalStateException("its fan is stuck");
            });
    try (SelfCheck check = new SelfCheck()) {
      assertThat(check.run(broken, 0).checks())
          .singleElement()
          .satisfies(
              result -> {
                assertThat(result.passed()).isFalse();
                assertThat(result.summary()).contains("does not open: its fan is stuck");
              });
    }
  }

  /** Checks a device whose every logit is wrong by a factor. */
  private static List<CheckResult> runWith(float factor) {
    try (SelfCheck check = new SelfCheck()) {
      return check
          .run(provider(options -> scaled(new ScalarProvider().open(options), factor)), 0)
          .checks();
    }
  }

  private interface Opener {
    Backend open(BackendOptions options);
  }

  private static BackendProvider provider(Opener opener) {
    return new BackendProvider() {
      @Override
      public String name() {
        return "wrong";
      }

      @Override
      public int rank() {
        return 0;
      }

      @Override
      public Optional<String> unavailableReason() {
        return Optional.empty();
      }

      @Override
      public Backend open(BackendOptions options) {
        return opener.open(options);
      }
    };
  }

  private static Backend scaled(Backend inside, float factor) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              try {
                Object answer = method.invoke(inside, arguments);
                if (method.getName().equals("download") && arguments[0] instanceof Tensor) {
                  float[] values = (float[]) arguments[1];
                  for (int i = 0; i < values.length; i++) {
                    values[i] *= factor;
                  }
                }
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}

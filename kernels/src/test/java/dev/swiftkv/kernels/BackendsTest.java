package dev.swiftkv.kernels;

import static java.util.Comparator.reverseOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.kernels.scalar.ScalarBackend;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackendsTest {
  private static final BackendOptions OPTIONS = new BackendOptions(1 << 20, 1, 0);

  @Test
  void autoOpensTheBestThatCanBeUsed() {
    List<BackendProvider> providers =
        List.of(
            new FakeProvider("slow", 0, null),
            new FakeProvider("best", 9, "there is no such device in this machine"),
            new FakeProvider("good", 5, null));
    try (Backend backend = Backends.open("auto", OPTIONS, providers)) {
      assertThat(backend).isInstanceOf(ScalarBackend.class);
    }
    assertThat(FakeProvider.lastOpened).isEqualTo("good");
  }

  @Test
  void anUnknownDeviceListsWhatThereIsBestFirst() {
    List<BackendProvider> providers =
        List.of(new FakeProvider("scalar", 0, null), new FakeProvider("cpu", 5, "g++ was missing"));
    assertThatThrownBy(() -> Backends.open("cuda", OPTIONS, providers))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "This build has no device 'cuda';"
                + " use 'auto' or one of: cpu (unavailable: g++ was missing), scalar");
  }

  @Test
  void aDeviceThatCannotBeUsedSaysWhy() {
    List<BackendProvider> providers =
        List.of(new FakeProvider("scalar", 0, null), new FakeProvider("cpu", 5, "g++ was missing"));
    assertThatThrownBy(() -> Backends.open("cpu", OPTIONS, providers))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageStartingWith("Device 'cpu' cannot be used here: g++ was missing.")
        .hasMessageContaining("scalar");
  }

  @Test
  void whereNothingCanBeUsedAutoSaysWhy() {
    assertThatThrownBy(
            () -> Backends.open("auto", OPTIONS, List.of(new FakeProvider("cpu", 5, "no luck"))))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageContaining("cpu (unavailable: no luck)");
  }

  @Test
  void aKindThatCannotBeUsedHasNoDevices() {
    List<BackendProvider> providers =
        List.of(
            new FakeProvider("slow", 0, null),
            new FakeProvider("good", 5, null),
            new FakeProvider("best", 9, "there is no such device in this machine"));
    assertThat(Backends.deviceCount("best", providers)).isZero();
    assertThat(Backends.deviceCount("unheard", providers)).isZero();
    assertThat(Backends.deviceCount("slow", providers)).isEqualTo(1);
    assertThat(Backends.deviceCount("good", providers)).isEqualTo(6);
    assertThat(Backends.deviceCount("auto", providers)).isEqualTo(6);
    assertThat(Backends.deviceCount("scalar")).isEqualTo(1);
  }

  @Test
  void listsTheKindsOfThisBuildBestFirst() {
    List<BackendProvider> kinds = Backends.kinds();
    assertThat(kinds).extracting(BackendProvider::rank).isSortedAccordingTo(reverseOrder());
    assertThat(kinds).extracting(BackendProvider::name).contains("cpu").endsWith("scalar");
    String firstUsable =
        kinds.stream()
            .filter(kind -> kind.unavailableReason().isEmpty())
            .map(BackendProvider::name)
            .findFirst()
            .orElseThrow();
    assertThat(Backends.best()).contains(firstUsable);
  }

  @Test
  void theCpuTellsItsProcessorAndItsLibrary() {
    BackendProvider cpu =
        Backends.kinds().stream().filter(kind -> kind.name().equals("cpu")).findFirst().get();
    assertThat(cpu.facts()).extracting(Fact::name).contains("processor", "instruction sets");
    if (cpu.unavailableReason().isEmpty()) {
      assertThat(cpu.facts())
          .filteredOn(fact -> fact.name().equals("native library"))
          .singleElement()
          .satisfies(fact -> assertThat(fact.value()).contains("oneDNN"));
    }
  }

  @Test
  void theScalarDeviceIsInEveryBuild() {
    assertThat(Backends.describe()).contains("scalar");
    try (Backend backend = Backends.open("scalar", OPTIONS)) {
      assertThat(backend.name()).isEqualTo("scalar");
      assertThat(backend.description()).contains("1 threads");
      assertThat(backend.computeTypes()).contains(backend.preferredType(), DType.F32);
    }
  }

  /** A kind of device that opens the scalar one and remembers that it did. */
  private record FakeProvider(String name, int rank, String reasonOrNull)
      implements BackendProvider {
    private static String lastOpened;

    @Override
    public Optional<String> unavailableReason() {
      return Optional.ofNullable(reasonOrNull);
    }

    @Override
    public int deviceCount() {
      return rank + 1;
    }

    @Override
    public Backend open(BackendOptions options) {
      lastOpened = name;
      return new ScalarBackend(options);
    }
  }
}

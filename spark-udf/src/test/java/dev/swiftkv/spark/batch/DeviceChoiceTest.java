package dev.swiftkv.spark.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swiftkv.engine.DeviceKind;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {
  private static final EngineConfig CONFIG = EngineConfig.forModel(Path.of("model"));
  private static final DeviceKind FOUR_GPUS = new DeviceKind("cuda", 4);
  private static final GpuAddresses NONE = gpus(null);

  @Test
  void theDeviceThatTheSessionNamesIsTaken() {
    EngineConfig third = CONFIG.withDevice("cuda").withDeviceIndex(2);
    assertThat(DeviceChoice.of(third, true, gpus(null, "0", "1"), FOUR_GPUS))
        .containsExactly(third);
  }

  @Test
  void aTaskTakesTheGpusThatSparkAssignedToIt() {
    assertThat(indices(gpus(null, "3"), FOUR_GPUS)).containsExactly(3);
    assertThat(indices(gpus(null, "2", "1"), FOUR_GPUS)).containsExactly(2, 1);
  }

  @Test
  void withoutAssignmentAllDevicesOfTheKindMayServe() {
    assertThat(indices(NONE, FOUR_GPUS)).containsExactly(0, 1, 2, 3);
    assertThat(indices(NONE, new DeviceKind("cpu", 1))).containsExactly(0);
  }

  @Test
  void whereTheEngineRunsOnTheCpuGpusDoNotMatter() {
    assertThat(indices(gpus(null, "3"), new DeviceKind("cpu", 1))).containsExactly(0);
  }

  @Test
  void whereNoDeviceCanBeUsedTheFirstOneTellsWhy() {
    assertThat(indices(NONE, new DeviceKind("cuda", 0))).containsExactly(0);
    assertThat(indices(gpus(null, "1"), new DeviceKind("cuda", 0))).containsExactly(1);
  }

  @Test
  void addressesAreLookedUpAmongTheVisibleDevices() {
    DeviceKind two = new DeviceKind("cuda", 2);
    assertThat(indices(gpus("5, 2", "2"), two)).containsExactly(1);
    assertThat(indices(gpus("GPU-aa,GPU-bb", "GPU-bb", "GPU-aa"), two)).containsExactly(1, 0);
  }

  @Test
  void anAddressThatIsNoDeviceNamesItselfAndTheRemedy() {
    assertRefused(
        gpus(null, "4"), "Spark assigned GPU '4', which is none of the 4 that CUDA shows");
    assertRefused(gpus(null, "GPU-aa"), "set spark.swiftkv.device=cuda:N");
    assertRefused(gpus("5,2", "0"), "(CUDA_VISIBLE_DEVICES=5,2)");
  }

  @Test
  void resourcesOfOtherNamesAreIgnored() {
    ResourceInformation cards = new ResourceInformation("gpu", new String[] {"1"});
    ResourceInformation other = new ResourceInformation("fpga", new String[] {"0"});
    assertThat(GpuAddresses.of(Map.of("gpu", cards, "fpga", other)).addresses())
        .containsExactly("1");
    assertThat(GpuAddresses.of(Map.of("fpga", other)).isEmpty()).isTrue();
    assertThat(GpuAddresses.ofThisTask().isEmpty()).isTrue();
  }

  private static GpuAddresses gpus(String visibleOrNull, String... addresses) {
    return new GpuAddresses(List.of(addresses), visibleOrNull);
  }

  private static List<Integer> indices(GpuAddresses gpus, DeviceKind kind) {
    List<EngineConfig> configs = DeviceChoice.of(CONFIG, false, gpus, kind);
    assertThat(configs).allMatch(config -> config.withDeviceIndex(0).equals(CONFIG));
    return configs.stream().map(EngineConfig::deviceIndex).toList();
  }

  private static void assertRefused(GpuAddresses gpus, String message) {
    assertThatThrownBy(() -> DeviceChoice.of(CONFIG, false, gpus, FOUR_GPUS))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.category()).isEqualTo(ErrorCategory.UNSUPPORTED))
        .hasMessageContaining(message);
  }
}

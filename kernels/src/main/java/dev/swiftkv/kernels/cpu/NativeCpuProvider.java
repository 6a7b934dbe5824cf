package dev.swiftkv.kernels.cpu;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Offers the CPU with native operations, where this build has them and this machine runs them. */
public final class NativeCpuProvider implements BackendProvider {
  private static final String ISA_VARIABLE = "SWIFTKV_CPU_ISA";

  @Override
  public String name() {
    return NativeCpuBackend.NAME;
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public Optional<String> unavailableReason() {
    return NativeLibrary.unavailableReason();
  }

  @Override
  public List<Fact> facts() {
    Processor processor = Processor.ofThisMachine();
    List<Fact> facts = new ArrayList<>();
    facts.add(
        new Fact(
            "processor",
            "%s, %d processors for this JVM"
                .formatted(processor.name(), Runtime.getRuntime().availableProcessors())));
    facts.add(new Fact("instruction sets", String.join(" ", processor.relevantFeatures())));
    if (unavailableReason().isEmpty()) {
      facts.add(new Fact("native library", CpuNatives.description()));
    }
    String lowered = System.getenv(ISA_VARIABLE);
    if (lowered != null) {
      facts.add(new Fact(ISA_VARIABLE, lowered));
    }
    return facts;
  }

  @Override
  public Backend open(BackendOptions options) {
    return new NativeCpuBackend(options);
  }
}

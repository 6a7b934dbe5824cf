package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.BackendOptions;
import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.Fact;
import java.util.List;
import java.util.Optional;

/** Offers NVIDIA GPUs, where there are a driver and a device that the kernels run on. */
public final class CudaProvider implements BackendProvider {
  @Override
  public String name() {
    return CudaBackend.NAME;
  }

  @Override
  public int rank() {
    return 20;
  }

  @Override
  public Optional<String> unavailableReason() {
    return CudaProbe.run().unavailableReason();
  }

  @Override
  public int deviceCount() {
    return CudaProbe.run().devices().size();
  }

  @Override
  public List<Fact> facts() {
    return CudaFacts.ofDriver(CudaProbe.run());
  }

  @Override
  public List<Fact> facts(int deviceIndex) {
    return CudaFacts.ofDevice(CudaProbe.run().devices().get(deviceIndex));
  }

  @Override
  public Backend open(BackendOptions options) {
    return new CudaBackend(options);
  }
}

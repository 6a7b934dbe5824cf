package dev.swiftkv.kernels;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * What every {@link Backend} must do. A backend's test extends this class, says how to open it, and
 * inherits every test of the themes. Closing the backend at the end finds leaks.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OpsContract
    implements MatrixOpsContract,
        BatchInvarianceContract,
        ProjectionContract,
        AttentionContract,
        SamplingContract {
  private Backend backend;
  private Device device;

  /** Opens the backend under test; called once, closed by this class. */
  protected abstract Backend open();

  @Override
  public Device device() {
    return device;
  }

  @BeforeAll
  void openBackend() {
    backend = open();
  }

  @BeforeEach
  void takeDevice() {
    device = new Device(backend);
  }

  @AfterEach
  void giveBack() throws Exception {
    device.close();
  }

  @AfterAll
  void closeBackend() {
    backend.close();
  }
}

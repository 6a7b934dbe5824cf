package dev.swiftkv.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.doctor.Diagnosis;
import dev.swiftkv.kernels.BackendProvider;
import dev.swiftkv.kernels.Backends;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what this machine has and what of it works. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Say what was found on this machine, which devices can be used, and why the others cannot.",
      "Every device that can be used then computes a small random model, and its logits are compared"
          + " with those of plain Java: in the same compute type they must agree within the noise of"
          + " that type, and be the same to the bit when the prompt is cut elsewhere. That takes"
          + " seconds, and needs neither a model nor a network.",
      "The exit code is 0 if some device that was looked at works, and 1 if none does.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv doctor",
      "  swiftkv doctor --device cuda && echo 'the GPU works'",
      "      looks at one kind of device alone: a health check of a host",
      "  swiftkv doctor --no-check --json",
      "      only what is there, for programs",
      "",
      "If a GPU is not found: nvidia-smi must show it in the same container, the driver's"
          + " libcuda.so.1 must be in a folder that the loader searches (LD_LIBRARY_PATH), and"
          + " CUDA_VISIBLE_DEVICES, if set, must not hide it.",
    })
final class DoctorCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--json", order = 1, description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--no-check",
      order = 2,
      description = "Only look at the devices, do not have them compute.")
  private boolean unchecked;

  @Option(
      names = "--device",
      paramLabel = "KIND",
      order = 3,
      description = "Look at one kind of device alone, such as cuda or cpu; others are not opened.")
  private String device;

  private DoctorCommand() {}

  static CommandLine create() {
    return new CommandLine(new DoctorCommand());
  }

  @Override
  public Integer call() throws JsonProcessingException {
    Diagnosis diagnosis = Diagnosis.of(kinds(), Backends.best(), !unchecked);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectMapper mapper = new ObjectMapper();
      out.println(mapper.writeValueAsString(DiagnosisJson.of(diagnosis, mapper)));
    } else {
      DiagnosisText.print(diagnosis, out);
    }
    out.flush();
    return diagnosis.someDeviceWorks() ? 0 : 1;
  }

  private List<BackendProvider> kinds() {
    List<BackendProvider> kinds = Backends.kinds();
    if (device == null || device.equals(Backends.AUTO)) {
      return kinds;
    }
    List<BackendProvider> named =
        kinds.stream().filter(kind -> kind.name().equals(device)).toList();
    if (named.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "--device must be one of %s, got %s"
              .formatted(
                  String.join(", ", kinds.stream().map(BackendProvider::name).toList()), device));
    }
    return named;
  }
}

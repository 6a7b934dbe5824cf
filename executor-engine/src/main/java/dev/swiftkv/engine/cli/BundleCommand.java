package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.bundle.Archive;
import dev.swiftkv.engine.bundle.Bundle;
import dev.swiftkv.engine.options.BuiltInModels;
import dev.swiftkv.kernels.Fact;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Packs the engine for machines without Java, Spark and network. */
@Command(
    name = "bundle",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Pack the engine into one archive for a Linux machine on x86-64 that has no Java, no Spark and"
          + " no network, at most an NVIDIA driver.",
      "It holds a small Java runtime, the engine with its native libraries and GPU kernels, the"
          + " demonstration model, and a launcher that runs doctor, complete, logits, inspect, bench"
          + " and make-model. Nothing needs to be installed or writable there but a temporary folder.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv bundle --output swiftkv.tar.xz",
      "      then there: tar xf swiftkv.tar.xz && swiftkv/bin/swiftkv doctor",
      "  swiftkv bundle --output swiftkv.tar.gz",
      "      a third larger, for a machine without xz",
      "  swiftkv bundle --output swiftkv.tar.xz --with measurements.jar",
      "      adds classes of your own; there: SWIFTKV_MAIN=my.Main swiftkv/bin/swiftkv ...",
    })
public final class BundleCommand implements Callable<Integer> {
  private static final int NAME_WIDTH = 48;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      order = 1,
      required = true,
      description = "Archive to write; ends in .tar.xz or .tar.gz.")
  private Path output;

  @Option(
      names = "--jdk",
      paramLabel = "DIR",
      order = 2,
      description =
          "JDK to make the runtime from (default: a Temurin 25 below /usr/lib/jvm, which runs on"
              + " every Linux with glibc 2.17, or else the running one).")
  private Path jdk;

  @Option(
      names = "--with",
      paramLabel = "JAR",
      order = 3,
      description = "Add a jar to the class path there. May be repeated.")
  private List<Path> extraJars = List.of();

  private BundleCommand() {}

  /** The command. It needs a clone that has been built, so that it is not among all others. */
  public static CommandLine create() {
    return new CommandLine(new BundleCommand());
  }

  @Override
  public Integer call() throws IOException {
    Archive archive = new Archive(output);
    Bundle bundle = Bundle.of(home(), jdk, extraJars);
    PrintWriter err = spec.commandLine().getErr();
    List<Fact> parts = bundle.write(archive, part -> err.println("bundle: " + part));
    PrintWriter out = spec.commandLine().getOut();
    for (Fact part : parts) {
      out.println(
          part.name() + " ".repeat(Math.max(1, NAME_WIDTH - part.name().length())) + part.value());
    }
    out.flush();
    long bytes = Files.size(archive.file());
    if (bytes > Bundle.LIMIT_BYTES) {
      err.printf(
          "bundle: %,d bytes is above the %,d that it should stay below; .tar.xz is smaller%n",
          bytes, Bundle.LIMIT_BYTES);
    }
    err.flush();
    return 0;
  }

  private static Path home() {
    String home = System.getProperty(BuiltInModels.HOME_PROPERTY);
    if (home == null) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "A bundle is made from a clone that has been built: run bin/swiftkv bundle there");
    }
    return Path.of(home);
  }
}

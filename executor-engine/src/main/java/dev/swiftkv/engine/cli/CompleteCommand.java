package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.EngineFactory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Completes prompts from the command line. */
@Command(
    name = "complete",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Complete prompts, without Spark.",
      "The prompt comes from --prompt or --prompt-file; without either, every line of the standard"
          + " input is a prompt. Completions are printed in the order of the prompts. A prompt that"
          + " fails gives an empty line and says why on standard error; the exit code is then 1.",
    },
    footer = {
      "",
      "Examples:",
      "  swiftkv complete -m ./Llama-3.2-1B-Instruct --chat -p 'Name three rivers.'",
      "      one question to a model that was tuned on conversations",
      "  swiftkv complete --prompt-file thread.txt --max-tokens 40 --stop $'\\n'",
      "      a long prompt; the completion ends at the first newline",
      "  swiftkv complete --json < prompts.txt > completions.jsonl",
      "      many prompts, one a line; they share the model's steps",
      "  swiftkv complete -p 'Once upon a time' --temperature 0.8 --top-p 0.9 --seed 7",
      "      sampled; the same seed and prompt always give the same text",
    })
final class CompleteCommand implements Callable<Integer> {
  /** Prompts handed over before the first of them is printed. */
  private static final int MOST_IN_FLIGHT = 256;

  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;

  @ArgGroup(exclusive = true)
  private Source source;

  @Option(
      names = "--json",
      order = 4,
      description =
          "Print one JSON object a line: text, token_ids, finish_reason, prompt_tokens,"
              + " cached_tokens, completion_tokens, error.")
  private boolean json;

  private final EngineFactory engines;
  private final InputStream input;
  private final Deque<CompletableFuture<Completion>> inFlight = new ArrayDeque<>();

  /** Where the prompt comes from. */
  private static final class Source {
    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        order = 2,
        description = "The prompt.")
    private String prompt;

    @Option(
        names = "--prompt-file",
        paramLabel = "FILE",
        order = 3,
        description = "A file that is the prompt, in UTF-8; a newline at its end is left out.")
    private Path file;
  }

  private CompleteCommand(EngineFactory engines, InputStream input) {
    this.engines = engines;
    this.input = input;
  }

  static CommandLine create(EngineFactory engines, InputStream input) {
    CommandLine command = new CommandLine(new CompleteCommand(engines, input));
    CommandOptions.addTo(
        command.getCommandSpec(), 10, "How completions are made:", GenerationOptionList.ALL);
    CommandOptions.addTo(
        command.getCommandSpec(), 11, "Where and how the model runs:", EngineOptionList.ALL);
    return command;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    GenerationOptions options =
        GenerationOptionList.parse(CommandOptions.given(parsed, GenerationOptionList.ALL));
    EngineConfig config =
        EngineOptionList.parse(
            model.directory(), CommandOptions.given(parsed, EngineOptionList.ALL));
    PromptSource prompts = prompts();
    CompletionPrinter printer =
        new CompletionPrinter(spec.commandLine().getOut(), spec.commandLine().getErr(), json);
    try (Engine engine = engines.open(config)) {
      while (prompts.hasNext()) {
        Prompt prompt = prompts.next();
        inFlight.add(engine.submit(new Request(prompt, options)));
        int keep = prompts.isReady() ? MOST_IN_FLIGHT - 1 : 0;
        printDown(keep, printer);
      }
      printDown(0, printer);
    }
    return printer.failed() == 0 ? 0 : 1;
  }

  private PromptSource prompts() {
    if (source == null) {
      if (System.console() != null) {
        spec.commandLine().getErr().println("Type prompts, one a line; end with Ctrl-D.");
      }
      return PromptSource.ofLines(input);
    }
    return source.prompt != null
        ? PromptSource.of(new Prompt.Text(source.prompt))
        : PromptSource.ofFile(source.file);
  }

  /** Prints what is done, and waits until no more than so many are open. */
  private void printDown(int keep, CompletionPrinter printer) {
    while (!inFlight.isEmpty() && (inFlight.size() > keep || inFlight.peek().isDone())) {
      printer.print(await(inFlight.remove()));
    }
  }

  private static Completion await(CompletableFuture<Completion> completion) {
    try {
      return completion.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EngineException failure ? failure : e;
    }
  }
}

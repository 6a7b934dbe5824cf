package dev.swiftkv.distillation;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.config.ModelConfig;
import dev.swiftkv.engine.runtime.ResidentEngine;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Prompts and answers as tokens of the base. Where an answer is missing the base gives it, greedily
 * and through the engine.
 *
 * @param list in the order of the rows
 * @param answered answers that the base gave
 * @param skipped rows without a prompt, or whose prompt does not fit
 * @param cut prompts that lost their end to fit
 */
record Documents(List<Document> list, int answered, int skipped, int cut) {
  /**
   * A row of the table.
   *
   * @param prompt null where the row has none
   * @param completion null where the base answers
   */
  record Pair(String prompt, String completion) {}

  /**
   * How the base is asked.
   *
   * @param log where its answers are kept until the run is done
   * @param resume whether to take answers that are there
   * @param lines hear how far it is
   */
  record Asking(Path log, boolean resume, ProgressLines lines) {}

  /** What becomes of a prompt that leaves no room for an answer. */
  enum LongPrompts {
    ERROR,
    SKIP,
    CUT
  }

  /**
   * Makes documents.
   *
   * @param answerTokens most tokens of an answer; also the room that is kept for one that the base
   *     has yet to give
   * @param asking how the base is asked where an answer is missing
   * @throws EngineException INVALID_PROMPT if a prompt is too long and that is an error,
   *     INVALID_OPTION if nothing is left, INVALID_CHECKPOINT if the tokenizer is another model's
   */
  static Documents of(
      Path base,
      ModelConfig config,
      List<Pair> rows,
      LongPrompts policy,
      int answerTokens,
      Asking asking) {
    if (config.contextLength() - answerTokens < 1) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "--max-tokens %d leaves no room for a prompt: the model's context has %d tokens. Make it smaller"
              .formatted(answerTokens, config.contextLength()));
    }
    List<int[]> prompts = new ArrayList<>();
    List<int[]> answers = new ArrayList<>();
    int skipped = 0;
    int cut = 0;
    try (Tokenizer tokenizer = Tokenizer.open(base)) {
      for (Pair row : rows) {
        if (row.prompt() == null || row.prompt().isEmpty()) {
          skipped++;
          continue;
        }
        int[] prompt = encode(tokenizer, config, row.prompt(), true);
        int[] answer =
            row.completion() == null ? null : answer(tokenizer, config, row, answerTokens);
        int kept = answer == null ? answerTokens : answer.length;
        int room = config.contextLength() - kept;
        if (prompt.length > room) {
          if (policy == LongPrompts.ERROR) {
            throw tooLong(prompt.length, room, kept, config);
          }
          if (policy == LongPrompts.SKIP) {
            skipped++;
            continue;
          }
          cut++;
          prompt = Arrays.copyOf(prompt, room);
        }
        prompts.add(prompt);
        answers.add(answer);
      }
    }
    int answered = (int) answers.stream().filter(answer -> answer == null).count();
    if (answered > 0) {
      answer(base, prompts, answers, answerTokens, asking);
    }
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      if (answers.get(i).length > 0) {
        documents.add(document(prompts.get(i), answers.get(i)));
      }
    }
    if (documents.isEmpty()) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "The data has %d rows and none can be learned from (%d without a fitting prompt). Give a table with at least one prompt"
              .formatted(rows.size(), skipped));
    }
    return new Documents(documents, answered, skipped, cut);
  }

  long tokens() {
    return list.stream().mapToLong(Document::tokens).sum();
  }

  long answerTokens() {
    return list.stream().mapToLong(Document::answerTokens).sum();
  }

  /** A number that differs where the documents do. */
  int digest() {
    return list.stream()
        .mapToInt(d -> 31 * Arrays.hashCode(d.tokenIds()) + d.promptTokens())
        .reduce(1, (a, b) -> 31 * a + b);
  }

  private static Document document(int[] prompt, int[] answer) {
    long[] ids =
        IntStream.concat(Arrays.stream(prompt), Arrays.stream(answer)).asLongStream().toArray();
    return new Document(ids, prompt.length);
  }

  private static int[] answer(Tokenizer tokenizer, ModelConfig config, Pair row, int most) {
    int[] text = encode(tokenizer, config, row.completion(), false);
    IntStream ended =
        config.eosTokenIds().isEmpty()
            ? Arrays.stream(text)
            : IntStream.concat(Arrays.stream(text), IntStream.of(config.eosTokenIds().get(0)));
    return ended.limit(most).toArray();
  }

  private static int[] encode(
      Tokenizer tokenizer, ModelConfig config, String text, boolean special) {
    int[] ids = tokenizer.encode(text, special);
    for (int id : ids) {
      if (id >= config.vocabularySize()) {
        throw new EngineException(
            ErrorCategory.INVALID_CHECKPOINT,
            "The tokenizer gives token %d, the model's vocabulary has ids 0 to %d. Put the tokenizer.json that came with the weights beside them"
                .formatted(id, config.vocabularySize() - 1));
      }
    }
    return ids;
  }

  private static EngineException tooLong(int tokens, int room, int answer, ModelConfig config) {
    return new EngineException(
        ErrorCategory.INVALID_PROMPT,
        "A prompt has %d tokens; %d fit, since the context has %d and %d are kept for the answer. Set --on-long-prompt to skip or cut"
            .formatted(tokens, room, config.contextLength(), answer));
  }

  /** Fills in the answers that are null. */
  private static void answer(
      Path base, List<int[]> prompts, List<int[]> answers, int most, Asking asking) {
    int digest = prompts.stream().mapToInt(Arrays::hashCode).reduce(1, (a, b) -> 31 * a + b);
    String fingerprint =
        "%s max-tokens=%d prompts=%08x".formatted(base.getFileName(), most, digest);
    try (AnswerLog log = AnswerLog.open(asking.log(), fingerprint, asking.resume())) {
      log.known().forEach(answers::set);
      List<Integer> missing =
          IntStream.range(0, answers.size()).filter(i -> answers.get(i) == null).boxed().toList();
      if (!missing.isEmpty()) {
        ask(base, prompts, answers, missing, most, log, asking.lines());
      }
    }
  }

  private static void ask(
      Path base,
      List<int[]> prompts,
      List<int[]> answers,
      List<Integer> missing,
      int most,
      AnswerLog log,
      ProgressLines lines) {
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(most);
    try (Engine engine = ResidentEngine.open(EngineConfig.forModel(base))) {
      List<CompletableFuture<Completion>> open = new ArrayList<>();
      for (int prompt : missing) {
        List<Integer> ids = Arrays.stream(prompts.get(prompt)).boxed().toList();
        open.add(engine.submit(new Request(new Prompt.Tokens(ids), options)));
      }
      for (int i = 0; i < open.size(); i++) {
        Completion completion = open.get(i).join();
        completion
            .error()
            .ifPresent(
                error -> {
                  throw new EngineException(error.category(), error.message());
                });
        int[] ids = completion.tokenIds().stream().mapToInt(Integer::intValue).toArray();
        answers.set(missing.get(i), ids);
        log.add(missing.get(i), ids);
        lines.answered(i + 1, open.size());
      }
    }
  }
}

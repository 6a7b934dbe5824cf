package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.schedule.PagedOracle;
import dev.swiftkv.engine.schedule.StepRunner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A resident engine over the oracle, with its cache checked after every step. */
final class OracleEngine implements AutoCloseable {
  static final int CONTEXT = 256;
  static final int BLOCKS = 64;
  static final int STEP_TOKENS = 48;
  static final int MAX_SEQUENCES = 8;

  private final BitSet eosTokens = new BitSet();
  private final AtomicInteger deviceClosings = new AtomicInteger();
  private final ResidentEngine engine;

  OracleEngine() {
    this(oracle -> oracle, BLOCKS);
  }

  /** An engine whose steps go through a wrapper. */
  OracleEngine(UnaryOperator<StepRunner> wrapper, int blocks) {
    PagedOracle oracle =
        new PagedOracle(BLOCKS, STEP_TOKENS, MAX_SEQUENCES, CONTEXT / PagedOracle.BLOCK_TOKENS);
    EngineConfig config =
        new EngineConfig(
            Path.of("oracle"), "scalar", 0, "f32", 1, STEP_TOKENS, MAX_SEQUENCES, 0L, 0, true);
    EngineParts parts =
        new EngineParts(
            config,
            new ModelSummary("oracle", "Oracle", 1, 1, 1, 0, 0, 4, CONTEXT, "f32", "test"),
            new EngineLimits(
                CONTEXT,
                PagedOracle.VOCABULARY,
                CharacterText.BOS,
                blocks,
                PagedOracle.BLOCK_TOKENS),
            eosTokens,
            new CharacterText(),
            wrapper.apply(oracle),
            () -> {
              deviceClosings.incrementAndGet();
              oracle.close();
            });
    engine = ResidentEngine.open(parts, cache -> assertThat(cache.checkIntegrity()).isTrue());
  }

  ResidentEngine engine() {
    return engine;
  }

  int deviceClosings() {
    return deviceClosings.get();
  }

  /** Makes a token end completions; before the first request only. */
  void endAt(int tokenId) {
    eosTokens.set(tokenId);
  }

  CompletableFuture<Completion> submit(String prompt, int maxTokens) {
    return submit(new Prompt.Text(prompt), maxTokens);
  }

  CompletableFuture<Completion> submit(Prompt prompt, int maxTokens) {
    return engine.submit(
        new Request(prompt, GenerationOptions.defaults().withMaxTokens(maxTokens)));
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until the engine has nothing left to do, and returns its counters. */
  EngineStats idle() {
    for (int i = 0; i < 3000; i++) {
      EngineStats stats = engine.stats();
      if (stats.runningSequences() == 0 && stats.waitingRequests() == 0) {
        return stats;
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    throw new AssertionError("The engine is still busy: " + engine.stats());
  }

  /** What the oracle says after these ids. */
  static List<Integer> expected(int[] prompt, int maxTokens) {
    List<Integer> tokens = new ArrayList<>();
    int[] known = Arrays.copyOf(prompt, prompt.length + maxTokens);
    for (int i = 0; i < maxTokens; i++) {
      known[prompt.length + i] = PagedOracle.next(known, prompt.length + i);
      tokens.add(known[prompt.length + i]);
    }
    return tokens;
  }

  static List<Integer> expected(String prompt, int maxTokens) {
    return expected(new CharacterText().encode(prompt), maxTokens);
  }

  @Override
  public void close() {
    engine.close();
  }
}

package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineRegistry;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two tasks that ask for the same model get one load and share its batches. */
final class SharedEngineTest {
  @TempDir private Path directory;

  @Test
  void twoTasksShareOneLoadAndOneBatch() {
    Path checkpoint = directory.resolve("model");
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv").hiddenSize(32).heads(2).layers(2).seed(1).build(),
        checkpoint);
    EngineConfig config =
        EngineConfig.forModel(checkpoint).withDevice("scalar").withKvCacheBytes(32L << 20);
    AtomicInteger loads = new AtomicInteger();
    AtomicInteger firstLeases = new AtomicInteger();
    CyclicBarrier together = new CyclicBarrier(2);
    try (EngineRegistry registry =
        new EngineRegistry(
            wanted -> {
              loads.incrementAndGet();
              return ResidentEngine.open(wanted);
            })) {
      List<CompletableFuture<Integer>> tasks =
          IntStream.range(0, 2)
              .mapToObj(
                  task ->
                      CompletableFuture.supplyAsync(
                          () -> {
                            try (EngineRegistry.Lease lease = registry.acquire(config)) {
                              firstLeases.addAndGet(lease.isFirst() ? 1 : 0);
                              together.await();
                              return answered(lease, task);
                            } catch (Exception e) {
                              throw new AssertionError(e);
                            }
                          }))
              .toList();
      assertThat(tasks.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(2 * 20);
      assertThat(loads.get()).isEqualTo(1);
      assertThat(firstLeases.get()).isEqualTo(1);
      try (EngineRegistry.Lease later = registry.acquire(config)) {
        assertThat(later.isFirst()).isFalse();
        assertThat(later.engine().stats().requests()).isEqualTo(2 * 20);
        assertThat(later.engine().stats().largestBatch()).isGreaterThan(20);
      }
    }
  }

  private static int answered(EngineRegistry.Lease lease, int task) {
    List<CompletableFuture<Completion>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(
          lease
              .engine()
              .submit(
                  new Request(
                      new Prompt.Text("task %d row %d".formatted(task, i)),
                      GenerationOptions.defaults().withMaxTokens(60))));
    }
    int good = 0;
    for (CompletableFuture<Completion> answer : answers) {
      good += answer.join().errorOrNull() == null ? 1 : 0;
    }
    return good;
  }
}

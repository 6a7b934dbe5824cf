package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.AnswerKey;
import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.engine.SharedAnswer;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.batch.EngineProvider.EngineLease;
import dev.swiftkv.spark.functions.ScoreInput;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/** The way of one call's prompts to its engine, which is taken hold of at the first prompt. */
final class CallLane implements AutoCloseable {
  private final CallSetup call;
  private final GenerationOptions options;

  /** Scores and completions of equal texts are different answers. */
  private final Object how;

  private final BatchCounters counters;
  private final long cacheBytes;
  private final PromptBatch batch;
  private final List<Ticket> waiting = new ArrayList<>();
  private EngineProvider provider;
  private EngineLease lease;
  private EngineStats before;
  private GroupTokens groupTokens;

  CallLane(CallSetup call, long cacheBytes, BatchCounters counters, BufferAllocator allocator) {
    this.call = call;
    this.counters = counters;
    this.cacheBytes = cacheBytes;
    options = GenerationOptionList.parse(call.parameters());
    how = call.scores() ? List.of("score", options) : options;
    batch = new PromptBatch(allocator);
  }

  CallSetup call() {
    return call;
  }

  /** What identifies a prompt's answer among those of the engine. */
  AnswerKey key(ByteBuffer utf8, MessageDigest digest) {
    return AnswerKey.of(how, utf8, digest);
  }

  /** Claims an answer that the executor keeps from an equal prompt. */
  boolean claimKept(Ticket ticket) {
    Optional<SharedAnswer> kept =
        cacheBytes == 0 ? Optional.empty() : lease().answers().find(ticket.key());
    kept.ifPresent(ticket::claimed);
    kept.ifPresent(answer -> counters.found());
    return kept.isPresent();
  }

  /** Puts a prompt into the batch, and hands the batch over once it is full. */
  void add(Ticket ticket, ByteBuffer utf8) {
    batch.add(utf8);
    waiting.add(ticket);
    if (batch.isFull()) {
      handOver();
    }
  }

  /** Submits what the batch holds. The engine has read it when this returns. */
  void handOver() {
    if (waiting.isEmpty()) {
      return;
    }

    for (int row = 0; row < batch.size(); row++) {
      submit(waiting.get(row), batch.utf8(row));
    }
    waiting.clear();
    batch.clear();
  }

  /** Submits a prompt from where it lies. The engine has read it when this returns. */
  void submit(Ticket ticket, ByteBuffer utf8) {
    Engine engine = lease().engine();
    SharedAnswer answer =
        lease().answers().ask(ticket.key(), cacheBytes, () -> engine.submit(request(utf8)));
    ticket.claimed(answer);
    switch (answer.source()) {
      case ENGINE -> counters.prompt();
      case IN_FLIGHT -> counters.repeated();
      default -> counters.found();
    }
  }

  /** An answer of the engine is of no use to the call, and so failed. */
  void reject(RowError error) {
    lease().answers().countFailure(error);
  }

  /** The beginning of what the user knows as the prompt. */
  String excerpt(ByteBuffer utf8) {
    return Excerpt.of(call.scores() ? ScoreInput.prompt(utf8) : utf8);
  }

  private Request request(ByteBuffer utf8) {
    return call.scores()
        ? ScoreInput.request(utf8, options)
        : new Request(new Prompt.Utf8(utf8), options);
  }

  /** Counts what goes into the prompts about a group of texts. */
  GroupTokens groupTokens() {
    if (groupTokens == null) {
      groupTokens = GroupTokens.of(lease().engine(), options);
    }
    return groupTokens;
  }

  private EngineLease lease() {
    if (lease == null) {
      provider = Providers.create(call.engine().provider());
      lease = provider.acquire(call.engine());
      before = lease.engine().stats();
      if (lease.loadedModel()) {
        counters.loadedModel();
      }
    }
    return lease;
  }

  @Override
  public void close() {
    batch.close();
    if (lease != null) {
      counters.engine(before, lease.engine().stats());
      counters.report(EngineReports.ofThisJvm(provider));
      lease.close();
      lease = null;
    }
  }
}

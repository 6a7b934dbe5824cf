package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.batch.EngineProvider.EngineLease;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.unsafe.types.UTF8String;

/** The way of one call's prompts to its engine, which is taken hold of at the first prompt. */
final class CallLane implements AutoCloseable {
  private final CallSetup call;
  private final GenerationOptions options;
  private final BatchCounters counters;
  private final PromptBatch batch;
  private final List<Ticket> waiting = new ArrayList<>();
  private EngineLease lease;
  private EngineStats before;

  CallLane(CallSetup call, BatchCounters counters, BufferAllocator allocator) {
    this.call = call;
    this.counters = counters;
    options = GenerationOptionList.parse(call.parameters());
    batch = new PromptBatch(allocator);
  }

  CallSetup call() {
    return call;
  }

  /** Puts a prompt into the batch, and hands the batch over once it is full. */
  void add(Ticket ticket, UTF8String prompt) {
    batch.add(prompt);
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

    Engine engine = engine();
    for (int row = 0; row < batch.size(); row++) {
      Request request = new Request(new Prompt.Utf8(batch.utf8(row)), options);
      waiting.get(row).submitted(engine.submit(request));
      counters.prompt();
    }
    waiting.clear();
    batch.clear();
  }

  private Engine engine() {
    if (lease == null) {
      lease = Providers.create(call.engine().provider()).acquire(call.engine());
      before = lease.engine().stats();
      if (lease.loadedModel()) {
        counters.loadedModel();
      }
    }
    return lease.engine();
  }

  @Override
  public void close() {
    batch.close();
    if (lease != null) {
      counters.engine(before, lease.engine().stats());
      lease.close();
      lease = null;
    }
  }
}

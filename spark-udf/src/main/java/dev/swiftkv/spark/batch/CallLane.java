package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Engine;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.batch.EngineProvider.EngineLease;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

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
    ticket.submitted(engine().submit(new Request(new Prompt.Utf8(utf8), options)));
    counters.prompt();
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

package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.functions.EngineReport;
import java.util.List;

/** What a task reports about its prompts. Called by the task's thread only. */
public interface BatchCounters {
  /** A prompt went to the engine. */
  void prompt();

  /** A row shares the answer that an equal prompt of the executor was waiting for. */
  void repeated();

  /** A row was answered from the executor's cache. */
  void found();

  /** A row needed no answer: its guard was false or its prompt null. */
  void skipped();

  /** An answer arrived. */
  void completed(Completion completion);

  /** A row failed before anything could be asked for it. */
  void failed(RowError error);

  /** The task did nothing but wait. */
  void waited(long nanos);

  /** This task loaded the model. */
  void loadedModel();

  /** The engine's counters when the task got hold of it and when it let go. */
  void engine(EngineStats before, EngineStats after);

  /** What the executor's engines are and did so far, when the task lets go of one. */
  void report(List<EngineReport> engines);
}

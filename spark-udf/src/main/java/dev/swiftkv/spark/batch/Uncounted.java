package dev.swiftkv.spark.batch;

import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.EngineStats;
import dev.swiftkv.engine.RowError;
import dev.swiftkv.spark.functions.EngineReport;
import java.util.List;

/** Counters of prompts that no operator shows. */
class Uncounted implements BatchCounters {
  @Override
  public void prompt() {}

  @Override
  public void repeated() {}

  @Override
  public void found() {}

  @Override
  public void skipped() {}

  @Override
  public void completed(Completion completion) {}

  @Override
  public void failed(RowError error) {}

  @Override
  public void waited(long nanos) {}

  @Override
  public void loadedModel() {}

  @Override
  public void engine(EngineStats before, EngineStats after) {}

  @Override
  public void report(List<EngineReport> engines) {}
}

package dev.swiftkv.engine.schedule;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.RowError;
import java.util.ArrayList;
import java.util.List;

/** Remembers what a sequence told it. */
final class RecordingOwner implements SequenceOwner {
  private final List<Integer> tokens = new ArrayList<>();
  private FinishReason reason;
  private RowError error;
  private EngineException failure;
  private boolean gaveUp;
  private int endings;

  List<Integer> tokens() {
    return tokens;
  }

  FinishReason reason() {
    return reason;
  }

  RowError error() {
    return error;
  }

  EngineException failure() {
    return failure;
  }

  int endings() {
    return endings;
  }

  void giveUp() {
    gaveUp = true;
  }

  @Override
  public boolean accept(int tokenId) {
    tokens.add(tokenId);
    return false;
  }

  @Override
  public void finished(FinishReason finishReason) {
    reason = finishReason;
    endings++;
  }

  @Override
  public void failed(RowError rowError) {
    error = rowError;
    endings++;
  }

  @Override
  public void aborted(EngineException engineFailure) {
    failure = engineFailure;
    endings++;
  }

  @Override
  public boolean gaveUp() {
    return gaveUp;
  }
}

package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.schedule.StepPlan;
import dev.swiftkv.kernels.Backend;
import dev.swiftkv.kernels.Tensor;

/**
 * Log-probabilities of the tokens that scored sequences have, from the logits of a step.
 *
 * <p>The rows come to the host, one at a time: there are at most as many as sequences in a step, a
 * row takes far less time than the product that made it, and one summation order for all devices
 * keeps a score independent of what shared its step.
 */
final class TokenScorer {
  private final Backend backend;
  private float[] rowOrNull;

  TokenScorer(Backend backend) {
    this.backend = backend;
  }

  /**
   * Notes in the plan the log-probability for each row that scores.
   *
   * @param logits F32 [plan.logitRows(), vocabulary], in the order of the plan
   */
  void score(StepPlan plan, Tensor logits) {
    if (rowOrNull == null) {
      rowOrNull = new float[logits.columns()];
    }
    int logitRow = 0;
    for (int i = 0; i < plan.size(); i++) {
      int rows = plan.logitRows(i);
      for (int row = 0; row < rows && plan.sequence(i).isScored(); row++) {
        backend.download(logits.slice(logitRow + row, 1), rowOrNull);
        plan.setLogProbability(logitRow + row, logProbability(rowOrNull, plan.scoredToken(i, row)));
      }
      logitRow += rows;
    }
  }

  /**
   * Natural logarithm of a token's share of the softmax, in double precision.
   *
   * @param logits of every token of the vocabulary
   */
  static double logProbability(float[] logits, int tokenId) {
    double max = logits[0];
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[tokenId] - max - Math.log(sum);
  }
}

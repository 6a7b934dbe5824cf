package dev.swiftkv.spark.evaluation;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.cli.DeviceModel;
import dev.swiftkv.engine.model.LogitsRunner;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * How far the next-token distributions of a model are from those of a first one, at the tokens that
 * the first one answers with.
 */
final class Divergence {
  private static final int CHUNK_TOKENS = 256;

  private final List<Sequence> sequences = new ArrayList<>();
  private final Run first;

  /**
   * A prompt with the answer of the first model.
   *
   * @param promptTokens how many of the tokens are the prompt
   */
  private record Sequence(int[] tokens, int promptTokens) {}

  /**
   * A model's pass over the sequences.
   *
   * @param logits those that choose the answers' tokens, by sequence
   */
  private record Run(List<float[][]> logits, long kvBytesPerToken) {}

  /**
   * What was measured of a model.
   *
   * @param divergence mean over the tokens of the answers, in nats; empty where there are none
   * @param kvBytesPerToken device bytes of keys and values of one token
   */
  record Measured(OptionalDouble divergence, long kvBytesPerToken) {}

  /**
   * Runs the first model.
   *
   * @param rows at most how many rows are taken, from the first on; failed rows are left out
   */
  Divergence(EngineConfig model, List<EvaluatedRow> table, ModelAnswers answers, int rows) {
    try (Tokenizer tokenizer = Tokenizer.open(model.model())) {
      for (int i = 0; i < table.size() && sequences.size() < rows; i++) {
        String answer = answers.texts().get(i);
        if (answer != null && !answer.isEmpty()) {
          int[] prompt = tokenizer.encode(table.get(i).prompt(), true);
          int[] all = concatenated(prompt, tokenizer.encode(answer, false));
          sequences.add(new Sequence(all, prompt.length));
        }
      }
    }
    first = run(model);
  }

  /** Runs another model over the same tokens. */
  Measured of(EngineConfig model) {
    Run other = run(model);
    double sum = 0;
    long tokens = 0;
    for (int i = 0; i < sequences.size(); i++) {
      float[][] expected = first.logits().get(i);
      for (int row = 0; row < expected.length; row++) {
        sum += divergence(expected[row], other.logits().get(i)[row]);
        tokens++;
      }
    }
    return new Measured(
        tokens == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / tokens),
        other.kvBytesPerToken());
  }

  private Run run(EngineConfig config) {
    List<float[][]> logits = new ArrayList<>();
    try (DeviceModel device = DeviceModel.open(config)) {
      for (Sequence sequence : sequences) {
        float[][] all = LogitsRunner.run(device.model(), sequence.tokens(), CHUNK_TOKENS);
        logits.add(
            IntStream.range(sequence.promptTokens() - 1, all.length - 1)
                .mapToObj(position -> all[position])
                .toArray(float[][]::new));
      }
      return new Run(logits, device.kvBytesPerToken());
    }
  }

  /** Of softmax(first) from softmax(second). */
  static double divergence(float[] first, float[] second) {
    double firstNormalizer = logSumExp(first);
    double secondNormalizer = logSumExp(second);
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      double logProbability = first[i] - firstNormalizer;
      sum += Math.exp(logProbability) * (logProbability - (second[i] - secondNormalizer));
    }
    return sum;
  }

  private static double logSumExp(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return largest + Math.log(sum);
  }

  private static int[] concatenated(int[] first, int[] second) {
    return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
  }
}

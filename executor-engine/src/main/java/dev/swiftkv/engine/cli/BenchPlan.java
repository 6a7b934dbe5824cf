package dev.swiftkv.engine.cli;

import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The work of a benchmark.
 *
 * @param promptTokens tokens of every prompt
 * @param outputTokens most tokens of every completion
 * @param requests prompts at once
 * @param sharedPrefix leading tokens that all prompts have in common
 */
record BenchPlan(int promptTokens, int outputTokens, int requests, int sharedPrefix) {
  /** Random prompts, all different after the shared prefix; equal seeds give equal prompts. */
  List<Prompt> prompts(ModelConfig model, int count, int shared, long seed) {
    List<Prompt> prompts = new ArrayList<>(count);
    Random prefix = new Random(seed);
    List<Integer> common = new ArrayList<>();
    if (model.bosTokenId() >= 0) {
      common.add(model.bosTokenId());
    }
    while (common.size() < shared) {
      common.add(ordinaryToken(model, prefix));
    }
    for (int i = 0; i < count; i++) {
      Random random = new Random(seed + 1 + i);
      List<Integer> ids = new ArrayList<>(common);
      while (ids.size() < promptTokens) {
        ids.add(ordinaryToken(model, random));
      }
      prompts.add(new Prompt.Tokens(ids));
    }
    return prompts;
  }

  private static int ordinaryToken(ModelConfig model, Random random) {
    int id = random.nextInt(model.vocabularySize());
    return model.eosTokenIds().contains(id) || id == model.bosTokenId()
        ? model.vocabularySize() / 2
        : id;
  }
}

package dev.swiftkv.engine;

/**
 * How the next token is chosen. Temperature 0 is greedy and ignores the other limits but the
 * repetition penalty.
 *
 * @param temperature at least 0
 * @param topP in (0, 1]; 1 keeps all
 * @param topK at least 0; 0 keeps all
 * @param minP in [0, 1); 0 keeps all
 * @param repetitionPenalty above 0; 1 is none
 * @param seed with the prompt's own tokens it fixes the noise, so equal rows get equal answers on
 *     every retry, partitioning and executor
 */
public record SamplingParams(
    float temperature, float topP, int topK, float minP, float repetitionPenalty, long seed) {
  /** Greedy decoding without penalty. */
  public static final SamplingParams GREEDY = new SamplingParams(0f, 1f, 0, 0f, 1f, 0L);

  /** Checks every range. */
  public SamplingParams {
    check(temperature >= 0f && temperature <= 100f, "temperature", temperature, "in [0, 100]");
    check(topP > 0f && topP <= 1f, "top_p", topP, "in (0, 1]");
    check(topK >= 0, "top_k", topK, "at least 0");
    check(minP >= 0f && minP < 1f, "min_p", minP, "in [0, 1)");
    check(
        repetitionPenalty > 0f && repetitionPenalty <= 100f,
        "repetition_penalty",
        repetitionPenalty,
        "in (0, 100]");
  }

  private static void check(boolean holds, String name, Object value, String range) {
    if (!holds) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option %s must be %s, got %s".formatted(name, range, value));
    }
  }
}

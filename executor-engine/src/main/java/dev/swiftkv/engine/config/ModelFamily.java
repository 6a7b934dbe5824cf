package dev.swiftkv.engine.config;

/**
 * One kind of checkpoint, as data. Every family here is a decoder of RMSNorm, rotary positions,
 * grouped-query attention and SwiGLU, with the tensor names of Hugging Face's Llama.
 *
 * @param name short name as users and metrics see it
 * @param architecture {@code architectures[0]} of {@code config.json}
 * @param modelType {@code model_type} of {@code config.json}
 * @param swiftKv whether {@code num_key_value_layers} and {@code key_value_group_size} are read
 * @param attentionBias which attention projections carry a bias
 */
public record ModelFamily(
    String name,
    String architecture,
    String modelType,
    boolean swiftKv,
    AttentionBiasRule attentionBias) {
  /** Which attention projections carry a bias. */
  public enum AttentionBiasRule {
    /** All four if {@code attention_bias} is set, otherwise none. */
    AS_CONFIGURED,
    /** Queries, keys and values always; the output projection never. */
    QUERY_KEY_VALUE
  }
}

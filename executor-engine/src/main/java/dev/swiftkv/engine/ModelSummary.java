package dev.swiftkv.engine;

import java.io.Serializable;

/**
 * What a loaded model is, for people and for metrics.
 *
 * @param family name of the family, such as {@code llama}
 * @param architecture the checkpoint's architecture, such as {@code LlamaSwiftKVForCausalLM}
 * @param layers decoder layers
 * @param keyValueLayers leading layers that compute their own keys and values; fewer than {@code
 *     layers} makes it a SwiftKV model
 * @param keyValueGroupSize later layers that share one cache (AcrossKV)
 * @param parameters parameters in use; teacher copies that are skipped do not count
 * @param weightBytes device bytes of the weights
 * @param kvBytesPerToken device bytes of keys and values of one token
 * @param contextLength most tokens of prompt and completion together
 * @param dtype compute type
 * @param backend one line about the device
 */
public record ModelSummary(
    String family,
    String architecture,
    int layers,
    int keyValueLayers,
    int keyValueGroupSize,
    long parameters,
    long weightBytes,
    long kvBytesPerToken,
    int contextLength,
    String dtype,
    String backend)
    implements Serializable {}

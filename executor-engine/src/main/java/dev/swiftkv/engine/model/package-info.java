/**
 * From a checkpoint on disk to a model on a device: {@link dev.swiftkv.engine.model.LoadedModel}
 * holds the weights, {@link dev.swiftkv.engine.model.CausalLm} runs steps over them.
 *
 * <pre>{@code
 * try (LoadedModel model = LoadedModel.load(directory, backend, DType.F32);
 *     CausalLm lm = model.lm(maxStepTokens, maxLogitRows)) {
 *   Tensor logits = lm.forward(batch, caches);
 * }
 * }</pre>
 */
package dev.swiftkv.engine.model;

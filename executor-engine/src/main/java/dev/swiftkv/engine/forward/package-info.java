/**
 * The forward pass in two segments (SwiftKV, Qiao et al., 2024).
 *
 * <pre>
 * segment A   layers 0..l-1                         every token of the step
 * boundary    s = RMSNorm(x); K, V of layers l..L-1 every token, one wide product
 * gather      rows that need logits                 the survivors
 * segment B   layers l..L-1, queries only           survivors
 * head        final norm, logits                    survivors
 * </pre>
 *
 * A plain model is the case l = L, with the same code. A step without survivors ends at the
 * boundary. Layers are composed from parts through constructors, so that another norm, feed-forward
 * or attention is another part.
 */
package dev.swiftkv.engine.forward;

package dev.swiftkv.engine.runtime;

/**
 * What fits one engine.
 *
 * @param contextLength most tokens of prompt and completion together
 * @param vocabularySize ids that the model embeds
 * @param bosTokenId token that a prompt begins with, -1 if none
 * @param kvBlocks blocks of the KV cache
 * @param kvBlockTokens tokens of a block
 */
record EngineLimits(
    int contextLength, int vocabularySize, int bosTokenId, int kvBlocks, int kvBlockTokens) {}

package dev.swiftkv.spark.functions;

import java.io.Serializable;

/**
 * How a group of texts of any length becomes one answer: prompts about as many texts as fit, then
 * prompts about the answers, until one is left.
 *
 * @param first around texts of the group
 * @param combining around answers
 */
public record GroupPrompts(PromptFrame first, PromptFrame combining) implements Serializable {}

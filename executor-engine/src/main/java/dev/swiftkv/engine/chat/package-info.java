/**
 * Conversations to prompts.
 *
 * <p>A checkpoint that was tuned on conversations says how one is written down: roles, markers, the
 * place where the answer begins. {@link dev.swiftkv.engine.chat.ChatTemplate} reads that from the
 * files beside the weights and applies it.
 */
package dev.swiftkv.engine.chat;

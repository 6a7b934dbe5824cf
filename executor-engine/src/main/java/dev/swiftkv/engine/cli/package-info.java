/**
 * The commands of {@code bin/swiftkv} that need no Spark: {@code complete}, {@code logits}, {@code
 * inspect}, {@code bench}, {@code doctor} and {@code make-model}.
 *
 * <p>{@link dev.swiftkv.engine.cli.EngineCommands#all} lists them. What a command finds goes to
 * standard output, progress and row errors to standard error. Commands throw {@link
 * dev.swiftkv.engine.EngineException}; the main class prints it in one line and picks the exit
 * code.
 */
package dev.swiftkv.engine.cli;

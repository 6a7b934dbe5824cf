/**
 * Tokens: one engine per model and JVM, prompts in and completions out.
 *
 * <p>An {@link dev.swiftkv.engine.EngineRegistry} hands every task of the JVM the same {@link
 * dev.swiftkv.engine.Engine} for the same {@link dev.swiftkv.engine.EngineConfig}. {@link
 * dev.swiftkv.engine.Engine#submit} takes a {@link dev.swiftkv.engine.Request} and promises a
 * {@link dev.swiftkv.engine.Completion}; a row that cannot be answered is a completion with an
 * error, never an exception. Only an engine that can no longer serve fails with an {@link
 * dev.swiftkv.engine.EngineException}.
 *
 * <p>May import {@code kernels} and {@code kvcache}; has never heard of Spark.
 *
 * <pre>{@code
 * try (EngineRegistry.Lease lease = EngineRegistry.shared().acquire(EngineConfig.forModel(path))) {
 *   Completion completion = lease.engine().submit(Request.of("Once upon a time")).join();
 * }
 * }</pre>
 */
package dev.swiftkv.engine;

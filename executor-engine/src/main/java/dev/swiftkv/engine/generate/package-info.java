/**
 * Seeded random checkpoints of any size in the published layout, with a tokenizer that works, for
 * tests and benchmarks. The text they write is noise; their speed and their memory are real.
 *
 * <pre>{@code
 * CheckpointSpec spec = CheckpointSpec.of("llama-swiftkv").layers(16).hiddenSize(2048).build();
 * CheckpointGenerator.generate(spec, Path.of("models/one-billion"));
 * }</pre>
 */
package dev.swiftkv.engine.generate;

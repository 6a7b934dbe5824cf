/**
 * Which tokens run in the next forward pass.
 *
 * <p>The cycle of the engine is {@link dev.swiftkv.engine.schedule.Scheduler#plan plan}, {@link
 * dev.swiftkv.engine.schedule.StepRunner#run run}, {@link
 * dev.swiftkv.engine.schedule.Scheduler#advance advance}. Scheduling is Dynamic SplitFuse
 * (DeepSpeed-FastGen, arXiv 2401.08671): one token of every decoding sequence, then pieces of
 * prompts until the step's budget of tokens is filled exactly. A {@link
 * dev.swiftkv.engine.schedule.Sequence} is the only thing that changes, and it never leaves the
 * engine's thread once it is enqueued.
 */
package dev.swiftkv.engine.schedule;

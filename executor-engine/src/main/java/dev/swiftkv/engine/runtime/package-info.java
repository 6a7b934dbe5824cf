/**
 * The engine that stays resident in a JVM.
 *
 * <p>{@link dev.swiftkv.engine.runtime.ResidentEngine} turns requests into sequences in the
 * caller's thread and runs them on a thread of its own, which alone owns the scheduler, the cache
 * and the device. Between the two there is one queue and one future per request.
 */
package dev.swiftkv.engine.runtime;

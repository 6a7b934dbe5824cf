package dev.swiftkv.benchmarks.kernels;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Reported beside the throughput: 10^9 floating-point operations a second. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Work {
  /** Work done in the iteration, read by JMH by this name. */
  public double gflop;
}

package dev.swiftkv.engine;

import java.io.Serializable;

/**
 * Counters of one engine since it opened.
 *
 * @param requests requests submitted
 * @param failedRequests requests that ended as a row error
 * @param steps forward passes
 * @param promptTokens prompt tokens computed
 * @param cachedTokens prompt tokens found in the prefix cache
 * @param completionTokens tokens generated
 * @param busyNanos time spent in steps
 * @param largestBatch most sequences that shared one step
 * @param runningSequences sequences admitted now
 * @param waitingRequests requests not yet admitted
 * @param outstandingTokens prompt tokens not yet computed and tokens that may still be generated,
 *     of all open requests
 */
public record EngineStats(
    long requests,
    long failedRequests,
    long steps,
    long promptTokens,
    long cachedTokens,
    long completionTokens,
    long busyNanos,
    int largestBatch,
    int runningSequences,
    int waitingRequests,
    long outstandingTokens)
    implements Serializable {}

package dev.swiftkv.engine;

import java.io.Serializable;

/**
 * One of the errors that an engine's requests ended with, kept for people to look at.
 *
 * @param category whose fault it was
 * @param message what was wrong, cut if it was long
 * @param epochMillis when it was, in milliseconds since 1970
 */
public record ErrorSample(ErrorCategory category, String message, long epochMillis)
    implements Serializable {}

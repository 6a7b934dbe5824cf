package dev.swiftkv.engine;

/**
 * An engine of the registry as it is at this moment.
 *
 * @param config what was asked for
 * @param modelOrNull what is loaded; null while it loads
 * @param statsOrNull the engine's counters; null while it loads
 * @param usage what its borrowers asked
 */
public record LoadedEngine(
    EngineConfig config, ModelSummary modelOrNull, EngineStats statsOrNull, EngineUsage usage) {}

package dev.swiftkv.engine;

/**
 * An engine of the registry as it is at this moment.
 *
 * @param config what was asked for
 * @param modelOrNull what is loaded; null while it loads
 */
public record LoadedEngine(EngineConfig config, ModelSummary modelOrNull) {}

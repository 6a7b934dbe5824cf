package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.ModelSummary;
import dev.swiftkv.engine.schedule.StepRunner;
import java.util.BitSet;

/**
 * A loaded model and what runs it.
 *
 * @param config as the user asked, settled for the device
 * @param summary what is loaded
 * @param limits what fits
 * @param eosTokens tokens that end a completion
 * @param text tokenizer, chat template and decoding
 * @param runner the model on its device; used by the engine's thread alone
 * @param device closed by the engine's thread when it ends; throws if something leaked
 */
record EngineParts(
    EngineConfig config,
    ModelSummary summary,
    EngineLimits limits,
    BitSet eosTokens,
    TextModel text,
    StepRunner runner,
    AutoCloseable device) {}

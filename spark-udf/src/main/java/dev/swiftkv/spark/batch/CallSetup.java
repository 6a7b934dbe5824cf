package dev.swiftkv.spark.batch;

import dev.swiftkv.spark.EngineSettings;
import java.io.Serializable;
import java.util.SortedMap;

/**
 * One call of a node, as far as its prompts are concerned.
 *
 * @param function its name, for messages
 * @param engine which engine answers
 * @param parameters generation options by name
 * @param failOnError whether a failed row fails the task
 */
public record CallSetup(
    String function,
    EngineSettings engine,
    SortedMap<String, String> parameters,
    boolean failOnError)
    implements Serializable {}

/**
 * Every option of the engine, each written down once: name, type, default, range and meaning.
 *
 * <p>{@link dev.swiftkv.engine.options.GenerationOptionList} holds what a caller may choose for one
 * completion, {@link dev.swiftkv.engine.options.EngineOptionList} what shapes an engine. SQL, the
 * data source and the command line read their settings through these lists, and the documents are
 * rendered from them by {@link dev.swiftkv.engine.options.OptionDocs}.
 */
package dev.swiftkv.engine.options;

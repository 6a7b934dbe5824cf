/**
 * What a checkpoint says about itself: {@code config.json} and {@code generation_config.json} in
 * the Hugging Face layout, old and new spellings, as one checked {@link
 * dev.swiftkv.engine.config.ModelConfig}. The model families are data: {@link
 * dev.swiftkv.engine.config.ModelFamilies}.
 */
package dev.swiftkv.engine.config;

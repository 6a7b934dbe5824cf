/**
 * What a checkpoint costs, known before it is loaded: {@link
 * dev.swiftkv.engine.inspect.ModelFigures}.
 */
package dev.swiftkv.engine.inspect;

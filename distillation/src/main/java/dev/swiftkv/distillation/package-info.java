/**
 * Turns a model into a SwiftKV model by distillation on libtorch: {@link
 * dev.swiftkv.distillation.Distiller} trains the new projections of the later layers, {@link
 * dev.swiftkv.distillation.ConvertedCheckpoint} writes the result in the published layout. Never on
 * an executor's class path.
 */
package dev.swiftkv.distillation;

/** Whole engines and whole Spark jobs on real checkpoints. */
package dev.swiftkv.endtoend;

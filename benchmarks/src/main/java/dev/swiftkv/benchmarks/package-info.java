/** Benchmarks of spark-swiftkv, from single kernels to whole Spark jobs. */
package dev.swiftkv.benchmarks;

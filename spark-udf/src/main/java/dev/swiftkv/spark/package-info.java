/** Columns: SQL functions and a data source over the engine. */
package dev.swiftkv.spark;

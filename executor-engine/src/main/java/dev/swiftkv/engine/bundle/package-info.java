/**
 * Makes one archive that runs the engine where there is no Java, no Spark and no network: for
 * air-gapped hosts and for trying a machine.
 */
package dev.swiftkv.engine.bundle;

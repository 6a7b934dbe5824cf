/** Blocks: which page of keys and values belongs to whom. */
package dev.swiftkv.kvcache;

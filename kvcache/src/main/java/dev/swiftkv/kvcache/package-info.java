/**
 * Blocks: which page of keys and values belongs to whom.
 *
 * <p>A {@link dev.swiftkv.kvcache.KvCachePool} is the memory: a fixed number of blocks of a fixed
 * number of tokens in every cache of the model. A {@link dev.swiftkv.kvcache.KvCacheManager} hands
 * block numbers to sequences: all that a sequence can need when it is admitted, with the blocks of
 * an equal prefix shared. Paging follows Kwon et al. (PagedAttention); prefixes are found by
 * chained block hashes, and the tokens are compared before a block is shared.
 *
 * <p>May import {@code kernels}; has never heard of a model.
 */
package dev.swiftkv.kvcache;

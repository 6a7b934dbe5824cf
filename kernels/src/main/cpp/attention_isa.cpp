// Attention with F32 products. A BF16 cache is widened step by step.
#include "attention_tile.h"
#include "attention_vectors.h"

namespace swiftkv::SWIFTKV_ISA {

void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch) {
  TilePass<VectorProducts<F32Multiply>>(call, tile, scratch).run();
}

}  // namespace swiftkv::SWIFTKV_ISA

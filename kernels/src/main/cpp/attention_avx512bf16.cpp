// Attention with BF16 products (VDPBF16PS): a lane of F32 takes two products at a time. Softmax weights are rounded to
// BF16 for their product with the values; their sum is not.
#define SWIFTKV_ISA avx512bf16
#include "attention_tile.h"
#include "attention_vectors.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

struct Bf16Multiply {
  static constexpr int64_t PAIR = 2;
  static Vec add(Vec acc, Vec a, Vec b) {
    return _mm512_dpbf16_ps(acc, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  static void storeWeights(float* row, int64_t key, Vec weights) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + key / 2),
                        reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(weights)));
  }
};

}  // namespace

void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch) {
  TilePass<VectorProducts<Bf16Multiply>>(call, tile, scratch).run();
}

}  // namespace swiftkv::SWIFTKV_ISA

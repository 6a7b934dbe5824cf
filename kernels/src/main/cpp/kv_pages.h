// The order of elements inside a page ("block") of the KV cache.
//
//   B = blockTokens, H = kvHeads, D = headSize, P = D rounded up to 16, T = 16 tokens
//
//            F32                      BF16
//   keys     [H, B / T, D, T]         [H, B / T, D / 2, T, 2]     (last axis: elements 2i and 2i + 1 of the head)
//   values   [H, B, P]                [H, B / 2, P, 2]            (last axis: tokens 2i and 2i + 1)
//
// Why: attention multiplies a few query rows by 16 keys at a time. With 16 keys side by side, each step along D is one
// 64-byte load and one multiply-add per query row with a broadcast query element; in BF16 a pair of elements shares a
// 32-bit lane, which is the operand of VDPBF16PS and of an AMX tile. Values are the same with tokens as the inner
// dimension of the product. The order does not depend on the instruction set, so paths can be compared on one cache.
#pragma once

#include <cstring>

#include "views.h"

namespace swiftkv {

constexpr int64_t TOKEN_GROUP = 16;

inline int64_t elementBytes(DType dtype) { return dtype == DType::F32 ? 4 : 2; }

inline int64_t paddedHeadSize(int64_t headSize) { return (headSize + 15) / 16 * 16; }

// Bytes of one head's values in a block; its keys take as much or less.
inline int64_t kvBytesPerHead(DType dtype, int64_t headSize, int64_t blockTokens) {
  return blockTokens * paddedHeadSize(headSize) * elementBytes(dtype);
}

// Bytes of one block's keys, which are also the bytes of its values.
inline int64_t kvBytesPerBlock(DType dtype, int64_t kvHeads, int64_t headSize, int64_t blockTokens) {
  return kvHeads * kvBytesPerHead(dtype, headSize, blockTokens);
}

inline int64_t kvBytesPerHead(const KvPages& pages) {
  return kvBytesPerHead(pages.dtype, pages.headSize, pages.blockTokens);
}

inline int64_t kvBytesPerBlock(const KvPages& pages) { return pages.kvHeads * kvBytesPerHead(pages); }

inline void copyBlock(const KvPages& pages, int64_t from, int64_t to) {
  int64_t bytes = kvBytesPerBlock(pages);
  std::memcpy(pages.keys + to * bytes, pages.keys + from * bytes, bytes);
  std::memcpy(pages.values + to * bytes, pages.values + from * bytes, bytes);
}

// Offset of byte 0 of head `head` in block `block`, in both halves.
inline int64_t headOffset(const KvPages& pages, int64_t block, int64_t head) {
  return (block * pages.kvHeads + head) * kvBytesPerHead(pages);
}

}  // namespace swiftkv

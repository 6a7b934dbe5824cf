// Bias, rotation, rounding and the writing of pages, for a run of rows. See rope.h for the formulas.
#include "bf16.h"
#include "kv_pages.h"
#include "rope_rows.h"
#include "vectors.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

// out = head + bias, rotated. Element i turns with element i + half.
void rotate(const float* head, const float* bias, const float* cosine, const float* sine, int64_t half, float* out) {
  if (bias == nullptr) {
    for (int64_t i = 0; i < half; i++) {
      out[i] = head[i] * cosine[i] - head[i + half] * sine[i];
    }
    for (int64_t i = 0; i < half; i++) {
      out[i + half] = head[i + half] * cosine[i] + head[i] * sine[i];
    }
    return;
  }
  for (int64_t i = 0; i < half; i++) {
    out[i] = (head[i] + bias[i]) * cosine[i] - (head[i + half] + bias[i + half]) * sine[i];
  }
  for (int64_t i = 0; i < half; i++) {
    out[i + half] = (head[i + half] + bias[i + half]) * cosine[i] + (head[i] + bias[i]) * sine[i];
  }
}

void round(const float* from, int64_t count, uint16_t* to) {
  for (int64_t i = 0; i < count; i++) {
    to[i] = toBf16(from[i]);
  }
}

const float* at(const float* biasOrNull, int64_t column) { return biasOrNull == nullptr ? nullptr : biasOrNull + column; }

// Writes one head's key of the token at `offset` of a block.
void writeKey(const float* key, const KvPages& cache, uint8_t* head, int64_t offset) {
  int64_t group = offset / TOKEN_GROUP;
  int64_t lane = offset % TOKEN_GROUP;
  if (cache.dtype == DType::F32) {
    float* to = reinterpret_cast<float*>(head) + group * cache.headSize * TOKEN_GROUP + lane;
    for (int64_t i = 0; i < cache.headSize; i++) {
      to[i * TOKEN_GROUP] = key[i];
    }
    return;
  }
  uint16_t rounded[LONGEST_HEAD];
  round(key, cache.headSize, rounded);
  uint32_t* to = reinterpret_cast<uint32_t*>(head) + group * cache.headSize / 2 * TOKEN_GROUP + lane;
  for (int64_t i = 0; i < cache.headSize / 2; i++) {
    to[i * TOKEN_GROUP] = rounded[2 * i] | static_cast<uint32_t>(rounded[2 * i + 1]) << 16;
  }
}

// Writes one head's value of the token at `offset` of a block. The padding behind a head stays as it is: attention
// leaves the columns that it gives out.
void writeValue(const float* value, const float* biasOrNull, const KvPages& cache, uint8_t* head, int64_t offset) {
  float sums[LONGEST_HEAD];
  for (int64_t i = 0; i < cache.headSize; i++) {
    sums[i] = biasOrNull == nullptr ? value[i] : value[i] + biasOrNull[i];
  }
  int64_t padded = paddedHeadSize(cache.headSize);
  if (cache.dtype == DType::F32) {
    std::memcpy(reinterpret_cast<float*>(head) + offset * padded, sums, cache.headSize * sizeof(float));
    return;
  }
  uint16_t rounded[LONGEST_HEAD];
  round(sums, cache.headSize, rounded);
  uint16_t* to = reinterpret_cast<uint16_t*>(head) + offset / 2 * padded * 2 + offset % 2;
  for (int64_t i = 0; i < cache.headSize; i++) {
    to[2 * i] = rounded[i];
  }
}

}  // namespace

void writeQueries(const RopeRows& rows, DType compute, void* queries, int64_t row) {
  const AttentionShape& shape = *rows.shape;
  int64_t half = shape.headSize / 2;
  int64_t token = rows.firstToken + row;
  const float* projected = rows.projected + row * rows.rowStride;
  const float* cosine = rows.rope->cosine + rows.batch->positions[token] * half;
  const float* sine = rows.rope->sine + rows.batch->positions[token] * half;
  for (int64_t head = 0; head < shape.heads; head++) {
    int64_t column = head * shape.headSize;
    int64_t element = token * shape.queryColumns() + column;
    float rotated[LONGEST_HEAD];
    rotate(projected + column, at(rows.bias, column), cosine, sine, half, rotated);
    if (compute == DType::F32) {
      std::memcpy(static_cast<float*>(queries) + element, rotated, shape.headSize * sizeof(float));
    } else {
      round(rotated, shape.headSize, static_cast<uint16_t*>(queries) + element);
    }
  }
}

void writeKv(const RopeRows& rows, int64_t firstColumn, const KvPages& cache, int64_t row) {
  const AttentionShape& shape = *rows.shape;
  int64_t half = shape.headSize / 2;
  int64_t token = rows.firstToken + row;
  int64_t slot = rows.batch->slots[token];
  const float* projected = rows.projected + row * rows.rowStride;
  const float* cosine = rows.rope->cosine + rows.batch->positions[token] * half;
  const float* sine = rows.rope->sine + rows.batch->positions[token] * half;
  for (int64_t head = 0; head < shape.kvHeads; head++) {
    int64_t key = firstColumn + head * shape.headSize;
    int64_t value = key + shape.kvColumns();
    int64_t page = headOffset(cache, slot / cache.blockTokens, head);
    float rotated[LONGEST_HEAD];
    rotate(projected + key, at(rows.bias, key), cosine, sine, half, rotated);
    writeKey(rotated, cache, cache.keys + page, slot % cache.blockTokens);
    writeValue(projected + value, at(rows.bias, value), cache, cache.values + page, slot % cache.blockTokens);
  }
}

}  // namespace swiftkv::SWIFTKV_ISA

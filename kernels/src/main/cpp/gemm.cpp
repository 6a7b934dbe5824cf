#include "gemm.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>

#include "bf16.h"
#include "cpu_features.h"
#include "few_rows.h"
#include "onednn.h"

namespace swiftkv {
namespace {

// Spaced so that padding wastes at most MOST_PADDING rows up to 64 of them. A primitive holds about 0.7 MB of
// generated code, so there are few.
constexpr int64_t BLOCK_ROWS[] = {2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256};
constexpr int BLOCKS = sizeof(BLOCK_ROWS) / sizeof(BLOCK_ROWS[0]);
constexpr int REFERENCE = 3;
// About as many rows as can be multiplied while the weights stream from memory.
constexpr int64_t MOST_PADDING = 16;
constexpr int64_t MOST_FEW_ROWS = 8;
constexpr int64_t ALIGNMENT = 64;

// A product below both is done by one thread before a second one would have woken up.
constexpr int64_t FEW_MULTIPLY_ADDS = 4 << 20;
constexpr int64_t FEW_WEIGHT_BYTES = 512 << 10;

int64_t elementSize(DType dtype) { return dtype == DType::F32 ? 4 : 2; }

int64_t aligned(int64_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

// How many threads oneDNN uses, for compiling a product as for running it.
class Threads {
 public:
  Threads(int count, int afterwards) : afterwards_(afterwards) { omp_set_num_threads(count); }
  ~Threads() { omp_set_num_threads(afterwards_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int afterwards_;
};

}  // namespace

// A product of a fixed number of rows.
struct GemmBlock {
  int64_t rows = 0;
  int threads = 1;
  int64_t scratchpadBytes = 0;
  bool proven = false;
  bool fewRows = false;  // multiplyFewRows instead of oneDNN
  dnnl_primitive_t primitive = nullptr;
  dnnl_memory_t x = nullptr;
  dnnl_memory_t w = nullptr;
  dnnl_memory_t y = nullptr;
  dnnl_memory_t scratchpad = nullptr;

  GemmBlock() = default;
  GemmBlock(const GemmBlock&) = delete;
  GemmBlock& operator=(const GemmBlock&) = delete;
  ~GemmBlock() {
    if (primitive != nullptr) dnnl_primitive_destroy(primitive);
    for (dnnl_memory_t memory : {x, w, y, scratchpad}) {
      if (memory != nullptr) dnnl_memory_destroy(memory);
    }
  }
};

// What all weights of one type and size share.
struct GemmShape {
  DType dtype;
  int64_t outputs;
  int64_t inputs;
  MemoryDescriptor layout;
  std::vector<int64_t> inputOffsets;   // element offset of each input feature
  std::vector<int64_t> outputOffsets;  // element offset of each output feature
  std::unique_ptr<GemmBlock> blocks[2][BLOCKS];
  bool rejected[2][BLOCKS] = {};
  int64_t panelElements = 0;  // of the layout that multiplyFewRows reads; 0 if it is another
  bool fewRowsRejected[2] = {};
};

namespace {

// The elements of a panel if a weight lies as multiplyFewRows reads it on this CPU, otherwise 0.
int64_t panelElements(const GemmShape& shape) {
  constexpr int64_t PANEL = 64;
  if (shape.dtype != DType::BF16 || activeIsa() < Isa::AVX512_BF16 || shape.inputs % 2 != 0) return 0;
  auto elements = static_cast<int64_t>(dnnl_memory_desc_get_size(shape.layout.value)) / 2;
  int64_t panel = elements / ((shape.outputs + PANEL - 1) / PANEL);
  for (int64_t k = 0; k < shape.inputs; k++) {
    if (shape.inputOffsets[k] != k / 2 * 2 * PANEL + k % 2) return 0;
  }
  for (int64_t n = 0; n < shape.outputs; n++) {
    if (shape.outputOffsets[n] != n / PANEL * panel + n % PANEL * 2) return 0;
  }
  return panel;
}

}  // namespace

Gemm::Gemm(int threads) : threads_(threads) {
  // So that SWIFTKV_CPU_ISA means the products too. Refused once oneDNN has compiled something: then it stays as it is.
  switch (activeIsa()) {
    case Isa::AVX512_BF16: dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_bf16); break;
    case Isa::AVX512: dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core); break;
    case Isa::AVX2: dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2); break;
    default: break;
  }
  omp_set_num_threads(threads_);
  check(dnnl_engine_create(&engine_, dnnl_cpu, 0), "opening the CPU");
  check(dnnl_stream_create(&stream_, engine_, dnnl_stream_default_flags), "opening a stream");
}

Gemm::~Gemm() {
  shapes_.clear();
  if (stream_ != nullptr) dnnl_stream_destroy(stream_);
  if (engine_ != nullptr) dnnl_engine_destroy(engine_);
}

bool Gemm::supports(DType dtype) {
  if (dtype == DType::F32) return true;
  if (dtype != DType::BF16) return false;
  try {
    weight(dtype, 64, 64);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

Weight Gemm::weight(DType dtype, int64_t outputs, int64_t inputs) {
  std::lock_guard<std::mutex> lock(shapesMutex_);
  for (auto& shape : shapes_) {
    if (shape->dtype == dtype && shape->outputs == outputs && shape->inputs == inputs) {
      return {dtype, outputs, inputs, nullptr, shape.get()};
    }
  }
  auto shape = std::make_unique<GemmShape>();
  shape->dtype = dtype;
  shape->outputs = outputs;
  shape->inputs = inputs;
  // The layout that oneDNN prefers for the largest block; it takes the same one for every block of more than one row.
  MemoryDescriptor x(BLOCK_ROWS[BLOCKS - 1], inputs, dnnlType(dtype), dnnl_ab);
  MemoryDescriptor w(inputs, outputs, dnnlType(dtype), dnnl_format_tag_any);
  MemoryDescriptor y(BLOCK_ROWS[BLOCKS - 1], outputs, dnnl_f32, dnnl_ab);
  dnnl_primitive_desc_t description = nullptr;
  check(dnnl_matmul_primitive_desc_create(&description, engine_, x.value, w.value, nullptr, y.value, nullptr),
        "finding a matrix product for this CPU");
  shape->layout = MemoryDescriptor(dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0));
  dnnl_primitive_desc_destroy(description);
  for (int64_t i = 0; i < inputs; i++) shape->inputOffsets.push_back(offsetIn(shape->layout.value, 0, i));
  for (int64_t i = 0; i < outputs; i++) shape->outputOffsets.push_back(offsetIn(shape->layout.value, 1, i));
  shape->panelElements = panelElements(*shape);
  shapes_.push_back(std::move(shape));
  return {dtype, outputs, inputs, nullptr, shapes_.back().get()};
}

int64_t Gemm::packedBytes(const Weight& weight) const {
  return static_cast<int64_t>(dnnl_memory_desc_get_size(weight.shape->layout.value));
}

void Gemm::pack(const Weight& weight, int64_t first, int64_t count, const float* rows) const {
  const GemmShape& shape = *weight.shape;
  constexpr int64_t GROUP = 64;
  // A group of rows fills one panel of the layout; inside it, neighbouring outputs lie side by side.
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (int64_t group = 0; group < count; group += GROUP) {
    int64_t end = std::min(group + GROUP, count);
    for (int64_t k = 0; k < weight.inputs; k++) {
      for (int64_t row = group; row < end; row++) {
        float value = rows[row * weight.inputs + k];
        int64_t at = shape.inputOffsets[k] + shape.outputOffsets[first + row];
        if (weight.dtype == DType::F32) {
          reinterpret_cast<float*>(weight.packed)[at] = value;
        } else {
          reinterpret_cast<uint16_t*>(weight.packed)[at] = toBf16(value);
        }
      }
    }
  }
}

void Gemm::readRow(const Weight& weight, int64_t row, float* into) const {
  const GemmShape& shape = *weight.shape;
  int64_t base = shape.outputOffsets[row];
  const int64_t* offsets = shape.inputOffsets.data();
  if (weight.dtype == DType::F32) {
    const float* from = reinterpret_cast<const float*>(weight.packed) + base;
    for (int64_t k = 0; k < weight.inputs; k++) into[k] = from[offsets[k]];
  } else {
    const uint16_t* from = reinterpret_cast<const uint16_t*>(weight.packed) + base;
    for (int64_t k = 0; k < weight.inputs; k++) into[k] = fromBf16(from[offsets[k]]);
  }
}

std::unique_ptr<GemmBlock> Gemm::create(const Weight& weight, int64_t rows, Store store) {
  MemoryDescriptor x(rows, weight.inputs, dnnlType(weight.dtype), dnnl_ab);
  MemoryDescriptor y(rows, weight.outputs, dnnl_f32, dnnl_ab);
  const_dnnl_memory_desc_t w = weight.shape->layout.value;
  auto block = std::make_unique<GemmBlock>();
  block->rows = rows;
  block->fewRows =
      rows <= MOST_FEW_ROWS && weight.shape->panelElements != 0 && !weight.shape->fewRowsRejected[static_cast<int>(store)];
  bool small = rows * weight.outputs * weight.inputs < FEW_MULTIPLY_ADDS && packedBytes(weight) < FEW_WEIGHT_BYTES;
  block->threads = small ? 1 : threads_;
  if (block->fewRows) return block;
  Threads use(block->threads, threads_);
  dnnl_primitive_attr_t attributes = nullptr;
  check(dnnl_primitive_attr_create(&attributes), "describing a product");
  check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "describing a product");
  if (store == Store::ADD) {
    dnnl_post_ops_t after = nullptr;
    check(dnnl_post_ops_create(&after), "describing a product");
    check(dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_f32), "describing a product");
    check(dnnl_primitive_attr_set_post_ops(attributes, after), "describing a product");
    dnnl_post_ops_destroy(after);
  }
  dnnl_primitive_desc_t description = nullptr;
  dnnl_status_t status =
      dnnl_matmul_primitive_desc_create(&description, engine_, x.value, w, nullptr, y.value, attributes);
  dnnl_primitive_attr_destroy(attributes);
  check(status, "finding a matrix product for this CPU");
  status = dnnl_primitive_create(&block->primitive, description);
  const_dnnl_memory_desc_t pad = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  block->scratchpadBytes = static_cast<int64_t>(dnnl_memory_desc_get_size(pad));
  if (status == dnnl_success) status = dnnl_memory_create(&block->scratchpad, pad, engine_, DNNL_MEMORY_NONE);
  if (status == dnnl_success) status = dnnl_memory_create(&block->x, x.value, engine_, DNNL_MEMORY_NONE);
  if (status == dnnl_success) status = dnnl_memory_create(&block->w, w, engine_, DNNL_MEMORY_NONE);
  if (status == dnnl_success) status = dnnl_memory_create(&block->y, y.value, engine_, DNNL_MEMORY_NONE);
  dnnl_primitive_desc_destroy(description);
  check(status, "compiling a matrix product");
  return block;
}

void Gemm::execute(const Weight& weight, GemmBlock& block, const void* x, float* y, Store store,
                   uint8_t* scratchpad) {
  if (block.fewRows) {
    Bf16Panels panels{reinterpret_cast<const uint16_t*>(weight.packed), weight.outputs, weight.inputs,
                      weight.shape->panelElements};
    multiplyFewRows(panels, static_cast<const uint16_t*>(x), block.rows, y, store == Store::ADD, block.threads);
    return;
  }
  check(dnnl_memory_set_data_handle(block.x, const_cast<void*>(x)), "passing the input");
  check(dnnl_memory_set_data_handle(block.w, weight.packed), "passing the weight");
  check(dnnl_memory_set_data_handle(block.y, y), "passing the output");
  check(dnnl_memory_set_data_handle(block.scratchpad, scratchpad), "passing scratch memory");
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, block.x},
                                 {DNNL_ARG_WEIGHTS, block.w},
                                 {DNNL_ARG_DST, block.y},
                                 {DNNL_ARG_SCRATCHPAD, block.scratchpad}};
  Threads use(block.threads, threads_);
  check(dnnl_primitive_execute(block.primitive, stream_, 4, arguments), "a matrix product");
  check(dnnl_stream_wait(stream_), "a matrix product");
}

// Runs the candidate on equal rows: each must be what the reference block gives.
bool Gemm::agrees(const Weight& weight, GemmBlock& candidate, Store store) {
  int which = static_cast<int>(store);
  auto& reference = weight.shape->blocks[which][REFERENCE];
  if (!reference) reference = create(weight, BLOCK_ROWS[REFERENCE], store);
  std::vector<uint32_t> row(weight.inputs);
  uint32_t random = 1;
  for (uint32_t& value : row) {
    random = random * 1664525u + 1013904223u;
    value = 0x3F000000u | (random >> 9 & 0x7FFFFFu) | (random & 0x80000000u);  // in [0.5, 1), either sign
  }
  std::vector<float> expected;
  for (GemmBlock* block : {reference.get(), &candidate}) {
    std::vector<uint8_t> x(block->rows * weight.inputs * elementSize(weight.dtype));
    for (int64_t i = 0; i < block->rows * weight.inputs; i++) {
      float value;
      std::memcpy(&value, &row[i % weight.inputs], sizeof value);
      if (weight.dtype == DType::F32) {
        reinterpret_cast<float*>(x.data())[i] = value;
      } else {
        reinterpret_cast<uint16_t*>(x.data())[i] = toBf16(value);
      }
    }
    std::vector<float> y(block->rows * weight.outputs, 0.75f);
    std::vector<uint8_t> scratchpad(block->scratchpadBytes + ALIGNMENT);
    auto base = reinterpret_cast<uintptr_t>(scratchpad.data());
    execute(weight, *block, x.data(), y.data(), store, reinterpret_cast<uint8_t*>(aligned(base)));
    if (expected.empty()) expected.assign(y.begin(), y.begin() + weight.outputs);
    for (int64_t r = 0; r < block->rows; r++) {
      if (std::memcmp(expected.data(), &y[r * weight.outputs], weight.outputs * sizeof(float)) != 0) return false;
    }
  }
  return true;
}

// The block for the next rows, proven: the largest that is full, unless padding a larger one is cheaper than one more.
GemmBlock& Gemm::next(const Weight& weight, int64_t rows, Store store) {
  int which = static_cast<int>(store);
  GemmShape& shape = *weight.shape;
  while (true) {
    int full = -1;
    int padded = -1;
    for (int i = 0; i < BLOCKS; i++) {
      if (shape.rejected[which][i]) continue;
      if (BLOCK_ROWS[i] <= rows) full = i;
      if (BLOCK_ROWS[i] >= rows && padded < 0) padded = i;
    }
    bool pad = padded >= 0 && (full < 0 || BLOCK_ROWS[padded] - rows <= MOST_PADDING);
    int choice = pad ? padded : full;
    if (choice < 0) {
      throw std::runtime_error("oneDNN has no batch-invariant product of weights [" + std::to_string(weight.outputs) +
                               ", " + std::to_string(weight.inputs) + "] on this CPU");
    }
    auto& candidate = shape.blocks[which][choice];
    if (!candidate) candidate = create(weight, BLOCK_ROWS[choice], store);
    if (!candidate->proven) candidate->proven = agrees(weight, *candidate, store);
    if (candidate->proven) return *candidate;
    if (candidate->fewRows) {
      shape.fewRowsRejected[which] = true;
    } else {
      shape.rejected[which][choice] = true;
    }
    if (choice != REFERENCE) candidate.reset();
  }
}

void Gemm::reject(const Weight& weight, int64_t rows) {
  for (int i = 0; i < BLOCKS; i++) {
    if (BLOCK_ROWS[i] == rows) weight.shape->rejected[0][i] = weight.shape->rejected[1][i] = true;
  }
}

int64_t Gemm::scratchBytes(const Weight& weight, int64_t rows, Store store) {
  int64_t most = 0;
  const GemmBlock* last = nullptr;
  while (rows > 0) {
    const GemmBlock& block = next(weight, rows, store);
    int64_t count = std::min(rows, block.rows);
    // Full blocks of one size need the same.
    if (&block != last || count < block.rows) most = std::max(most, scratchBytes(weight, block, count));
    last = &block;
    rows -= count;
  }
  return most;
}

int64_t Gemm::scratchBytes(const Weight& weight, const GemmBlock& block, int64_t rows) const {
  int64_t bytes = aligned(block.scratchpadBytes);
  if (block.rows == rows) return bytes;
  return bytes + aligned(block.rows * weight.inputs * elementSize(weight.dtype)) +
         aligned(block.rows * weight.outputs * 4);
}

void Gemm::run(const Weight& weight, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) {
  auto start = std::chrono::steady_clock::now();
  const auto* from = static_cast<const uint8_t*>(x);
  while (rows > 0) {
    GemmBlock& block = next(weight, rows, store);
    int64_t count = std::min(rows, block.rows);
    if (block.rows == count) {
      execute(weight, block, from, y, store, scratch);
    } else {
      executePadded(weight, block, from, count, y, store, scratch);
    }
    from += count * weight.inputs * elementSize(weight.dtype);
    y += count * weight.outputs;
    rows -= count;
  }
  nanos_ += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
}

void Gemm::executePadded(const Weight& weight, GemmBlock& block, const void* x, int64_t rows, float* y, Store store,
                         uint8_t* scratch) {
  int64_t rowBytes = weight.inputs * elementSize(weight.dtype);
  int64_t resultBytes = weight.outputs * 4;
  uint8_t* paddedX = scratch + aligned(block.scratchpadBytes);
  auto* paddedY = reinterpret_cast<float*>(paddedX + aligned(block.rows * rowBytes));
  std::memcpy(paddedX, x, rows * rowBytes);
  std::memset(paddedX + rows * rowBytes, 0, (block.rows - rows) * rowBytes);
  if (store == Store::ADD) {
    std::memcpy(paddedY, y, rows * resultBytes);
    std::memset(paddedY + rows * weight.outputs, 0, (block.rows - rows) * resultBytes);
  }
  execute(weight, block, paddedX, paddedY, store, scratch);
  std::memcpy(y, paddedY, rows * resultBytes);
}

}  // namespace swiftkv

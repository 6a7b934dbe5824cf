#include "onednn_product.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "bf16.h"
#include "cpu_features.h"
#include "few_rows.h"

namespace swiftkv {
namespace {

// Spaced so that padding wastes at most MOST_PADDING rows up to 64 of them. A primitive holds about 0.7 MB of
// generated code, so there are few.
constexpr int64_t BLOCK_ROWS[] = {2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256};
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
struct OneDnnBlock {
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

  OneDnnBlock() = default;
  OneDnnBlock(const OneDnnBlock&) = delete;
  OneDnnBlock& operator=(const OneDnnBlock&) = delete;
  ~OneDnnBlock() {
    if (primitive != nullptr) dnnl_primitive_destroy(primitive);
    for (dnnl_memory_t memory : {x, w, y, scratchpad}) {
      if (memory != nullptr) dnnl_memory_destroy(memory);
    }
  }
};

// The elements of a panel if a weight lies as multiplyFewRows reads it on this CPU, otherwise 0.
int64_t OneDnnProduct::panelElements() const {
  constexpr int64_t PANEL = 64;
  if (dtype() != DType::BF16 || activeIsa() < Isa::AVX512_BF16 || inputs() % 2 != 0) return 0;
  int64_t panel = packedBytes() / 2 / ((outputs() + PANEL - 1) / PANEL);
  for (int64_t k = 0; k < inputs(); k++) {
    if (inputOffsets_[k] != k / 2 * 2 * PANEL + k % 2) return 0;
  }
  for (int64_t n = 0; n < outputs(); n++) {
    if (outputOffsets_[n] != n / PANEL * panel + n % PANEL * 2) return 0;
  }
  return panel;
}

OneDnnProduct::OneDnnProduct(dnnl_engine_t engine, dnnl_stream_t stream, int threads, DType dtype, int64_t outputs,
                             int64_t inputs)
    : Product(dtype, outputs, inputs), engine_(engine), stream_(stream), threads_(threads) {
  // The layout that oneDNN prefers for the largest block; it takes the same one for every block of more than one row.
  MemoryDescriptor x(BLOCK_ROWS[BLOCKS - 1], inputs, dnnlType(dtype), dnnl_ab);
  MemoryDescriptor w(inputs, outputs, dnnlType(dtype), dnnl_format_tag_any);
  MemoryDescriptor y(BLOCK_ROWS[BLOCKS - 1], outputs, dnnl_f32, dnnl_ab);
  dnnl_primitive_desc_t description = nullptr;
  check(dnnl_matmul_primitive_desc_create(&description, engine_, x.value, w.value, nullptr, y.value, nullptr),
        "finding a matrix product for this CPU");
  layout_ = MemoryDescriptor(dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0));
  dnnl_primitive_desc_destroy(description);
  for (int64_t i = 0; i < inputs; i++) inputOffsets_.push_back(offsetIn(layout_.value, 0, i));
  for (int64_t i = 0; i < outputs; i++) outputOffsets_.push_back(offsetIn(layout_.value, 1, i));
  panelElements_ = panelElements();
}

OneDnnProduct::~OneDnnProduct() = default;

int64_t OneDnnProduct::packedBytes() const {
  return static_cast<int64_t>(dnnl_memory_desc_get_size(layout_.value));
}

void OneDnnProduct::pack(uint8_t* packed, int64_t first, int64_t count, const float* rows) const {
  constexpr int64_t GROUP = 64;
  // A group of rows fills one panel of the layout; inside it, neighbouring outputs lie side by side.
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (int64_t group = 0; group < count; group += GROUP) {
    int64_t end = std::min(group + GROUP, count);
    for (int64_t k = 0; k < inputs(); k++) {
      for (int64_t row = group; row < end; row++) {
        float value = rows[row * inputs() + k];
        int64_t at = inputOffsets_[k] + outputOffsets_[first + row];
        if (dtype() == DType::F32) {
          reinterpret_cast<float*>(packed)[at] = value;
        } else {
          reinterpret_cast<uint16_t*>(packed)[at] = toBf16(value);
        }
      }
    }
  }
}

void OneDnnProduct::readRow(const uint8_t* packed, int64_t row, float* into) const {
  int64_t base = outputOffsets_[row];
  const int64_t* offsets = inputOffsets_.data();
  if (dtype() == DType::F32) {
    const float* from = reinterpret_cast<const float*>(packed) + base;
    for (int64_t k = 0; k < inputs(); k++) into[k] = from[offsets[k]];
  } else {
    const uint16_t* from = reinterpret_cast<const uint16_t*>(packed) + base;
    for (int64_t k = 0; k < inputs(); k++) into[k] = fromBf16(from[offsets[k]]);
  }
}

std::unique_ptr<OneDnnBlock> OneDnnProduct::create(int64_t rows, Store store) {
  MemoryDescriptor x(rows, inputs(), dnnlType(dtype()), dnnl_ab);
  MemoryDescriptor y(rows, outputs(), dnnl_f32, dnnl_ab);
  const_dnnl_memory_desc_t w = layout_.value;
  auto block = std::make_unique<OneDnnBlock>();
  block->rows = rows;
  block->fewRows =
      rows <= MOST_FEW_ROWS && panelElements_ != 0 && !fewRowsRejected_[static_cast<int>(store)];
  bool small = rows * outputs() * inputs() < FEW_MULTIPLY_ADDS && packedBytes() < FEW_WEIGHT_BYTES;
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

void OneDnnProduct::execute(const uint8_t* packed, OneDnnBlock& block, const void* x, float* y, Store store,
                   uint8_t* scratchpad) {
  if (block.fewRows) {
    Bf16Panels panels{reinterpret_cast<const uint16_t*>(packed), outputs(), inputs(),
                      panelElements_};
    multiplyFewRows(panels, static_cast<const uint16_t*>(x), block.rows, y, store == Store::ADD, block.threads);
    return;
  }
  check(dnnl_memory_set_data_handle(block.x, const_cast<void*>(x)), "passing the input");
  check(dnnl_memory_set_data_handle(block.w, const_cast<uint8_t*>(packed)), "passing the weight");
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
bool OneDnnProduct::agrees(const uint8_t* packed, OneDnnBlock& candidate, Store store) {
  int which = static_cast<int>(store);
  auto& reference = blocks_[which][REFERENCE];
  if (!reference) reference = create(BLOCK_ROWS[REFERENCE], store);
  std::vector<uint32_t> row(inputs());
  uint32_t random = 1;
  for (uint32_t& value : row) {
    random = random * 1664525u + 1013904223u;
    value = 0x3F000000u | (random >> 9 & 0x7FFFFFu) | (random & 0x80000000u);  // in [0.5, 1), either sign
  }
  std::vector<float> expected;
  for (OneDnnBlock* block : {reference.get(), &candidate}) {
    std::vector<uint8_t> x(block->rows * inputs() * elementSize(dtype()));
    for (int64_t i = 0; i < block->rows * inputs(); i++) {
      float value;
      std::memcpy(&value, &row[i % inputs()], sizeof value);
      if (dtype() == DType::F32) {
        reinterpret_cast<float*>(x.data())[i] = value;
      } else {
        reinterpret_cast<uint16_t*>(x.data())[i] = toBf16(value);
      }
    }
    std::vector<float> y(block->rows * outputs(), 0.75f);
    std::vector<uint8_t> scratchpad(block->scratchpadBytes + ALIGNMENT);
    auto base = reinterpret_cast<uintptr_t>(scratchpad.data());
    execute(packed, *block, x.data(), y.data(), store, reinterpret_cast<uint8_t*>(aligned(base)));
    if (expected.empty()) expected.assign(y.begin(), y.begin() + outputs());
    for (int64_t r = 0; r < block->rows; r++) {
      if (std::memcmp(expected.data(), &y[r * outputs()], outputs() * sizeof(float)) != 0) return false;
    }
  }
  return true;
}

// The block for the next rows, proven: the largest that is full, unless padding a larger one is cheaper than one more.
OneDnnBlock& OneDnnProduct::next(const uint8_t* packed, int64_t rows, Store store) {
  int which = static_cast<int>(store);
  while (true) {
    int full = -1;
    int padded = -1;
    for (int i = 0; i < BLOCKS; i++) {
      if (rejected_[which][i]) continue;
      if (BLOCK_ROWS[i] <= rows) full = i;
      if (BLOCK_ROWS[i] >= rows && padded < 0) padded = i;
    }
    bool pad = padded >= 0 && (full < 0 || BLOCK_ROWS[padded] - rows <= MOST_PADDING);
    int choice = pad ? padded : full;
    if (choice < 0) {
      throw std::runtime_error("oneDNN has no batch-invariant product of weights [" + std::to_string(outputs()) +
                               ", " + std::to_string(inputs()) + "] on this CPU");
    }
    auto& candidate = blocks_[which][choice];
    if (!candidate) candidate = create(BLOCK_ROWS[choice], store);
    if (!candidate->proven) candidate->proven = agrees(packed, *candidate, store);
    if (candidate->proven) return *candidate;
    if (candidate->fewRows) {
      fewRowsRejected_[which] = true;
    } else {
      rejected_[which][choice] = true;
    }
    if (choice != REFERENCE) candidate.reset();
  }
}

void OneDnnProduct::reject(int64_t rows) {
  for (int i = 0; i < BLOCKS; i++) {
    if (BLOCK_ROWS[i] == rows) rejected_[0][i] = rejected_[1][i] = true;
  }
}

int64_t OneDnnProduct::scratchBytes(const uint8_t* packed, int64_t rows, Store store) {
  int64_t most = 0;
  const OneDnnBlock* last = nullptr;
  while (rows > 0) {
    const OneDnnBlock& block = next(packed, rows, store);
    int64_t count = std::min(rows, block.rows);
    // Full blocks_ of one size need the same.
    if (&block != last || count < block.rows) most = std::max(most, scratchBytes(block, count));
    last = &block;
    rows -= count;
  }
  return most;
}

int64_t OneDnnProduct::scratchBytes(const OneDnnBlock& block, int64_t rows) const {
  int64_t bytes = aligned(block.scratchpadBytes);
  if (block.rows == rows) return bytes;
  return bytes + aligned(block.rows * inputs() * elementSize(dtype())) +
         aligned(block.rows * outputs() * 4);
}

void OneDnnProduct::run(const uint8_t* packed, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) {
  const auto* from = static_cast<const uint8_t*>(x);
  while (rows > 0) {
    OneDnnBlock& block = next(packed, rows, store);
    int64_t count = std::min(rows, block.rows);
    if (block.rows == count) {
      execute(packed, block, from, y, store, scratch);
    } else {
      executePadded(packed, block, from, count, y, store, scratch);
    }
    from += count * inputs() * elementSize(dtype());
    y += count * outputs();
    rows -= count;
  }
}

void OneDnnProduct::executePadded(const uint8_t* packed, OneDnnBlock& block, const void* x, int64_t rows, float* y, Store store,
                         uint8_t* scratch) {
  int64_t rowBytes = inputs() * elementSize(dtype());
  int64_t resultBytes = outputs() * 4;
  uint8_t* paddedX = scratch + aligned(block.scratchpadBytes);
  auto* paddedY = reinterpret_cast<float*>(paddedX + aligned(block.rows * rowBytes));
  std::memcpy(paddedX, x, rows * rowBytes);
  std::memset(paddedX + rows * rowBytes, 0, (block.rows - rows) * rowBytes);
  if (store == Store::ADD) {
    std::memcpy(paddedY, y, rows * resultBytes);
    std::memset(paddedY + rows * outputs(), 0, (block.rows - rows) * resultBytes);
  }
  execute(packed, block, paddedX, paddedY, store, scratch);
  std::memcpy(y, paddedY, rows * resultBytes);
}

}  // namespace swiftkv

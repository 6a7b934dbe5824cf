#include "gemm.h"

#include <omp.h>

#include <chrono>
#include <stdexcept>

#include "cpu_features.h"
#include "onednn.h"
#include "onednn_product.h"
#include "tile_product.h"

namespace swiftkv {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(int64_t& total) : total_(total) {}
  ~Stopwatch() { total_ += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  int64_t& total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

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
  products_.clear();
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
  std::lock_guard<std::mutex> lock(productsMutex_);
  for (auto& product : products_) {
    if (product->dtype() == dtype && product->outputs() == outputs && product->inputs() == inputs) {
      return {dtype, outputs, inputs, nullptr, product.get()};
    }
  }
  products_.push_back(create(dtype, outputs, inputs));
  return {dtype, outputs, inputs, nullptr, products_.back().get()};
}

std::unique_ptr<Product> Gemm::create(DType dtype, int64_t outputs, int64_t inputs) {
  if (dtype == DType::BF16 && activeIsa() >= Isa::AMX_BF16) {
    return std::make_unique<TileProduct>(outputs, inputs, threads_);
  }
  return std::make_unique<OneDnnProduct>(engine_, stream_, threads_, dtype, outputs, inputs);
}

void Gemm::run(const Weight& weight, const void* x, int64_t rows, float* y, Store store, uint8_t* scratch) {
  Stopwatch running(nanos_);
  weight.product->run(weight.packed, x, rows, y, store, scratch);
}

void Gemm::runGated(const Weight& weight, const void* x, int64_t rows, uint16_t* hidden, uint8_t* scratch) {
  Stopwatch running(nanos_);
  weight.product->runGated(weight.packed, x, rows, hidden, scratch);
}

void Product::runGated(const uint8_t*, const void*, int64_t, uint16_t*, uint8_t*) {
  throw std::logic_error("This product does not fuse the gate: ask fusesGate() first");
}

}  // namespace swiftkv

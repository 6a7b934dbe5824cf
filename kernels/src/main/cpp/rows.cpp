#include "rows.h"

#include "cpu_features.h"

namespace swiftkv {

#define SWIFTKV_DECLARE_ROW_KERNELS                                                                                 \
  void rmsNormRow(const float* x, const float* weight, float epsilon, int64_t columns, DType dtype, void* out);     \
  void activateRow(const float* gateUp, int64_t columns, DType dtype, void* out);                                   \
  void addRow(const float* row, int64_t columns, float* y);

namespace avx2 {
SWIFTKV_DECLARE_ROW_KERNELS
}
namespace avx512 {
SWIFTKV_DECLARE_ROW_KERNELS
}

void rmsNormRow(const float* x, const float* weight, float epsilon, int64_t columns, DType dtype, void* out) {
  auto kernel = activeIsa() >= Isa::AVX512 ? avx512::rmsNormRow : avx2::rmsNormRow;
  kernel(x, weight, epsilon, columns, dtype, out);
}

void activateRow(const float* gateUp, int64_t columns, DType dtype, void* out) {
  auto kernel = activeIsa() >= Isa::AVX512 ? avx512::activateRow : avx2::activateRow;
  kernel(gateUp, columns, dtype, out);
}

void addRow(const float* row, int64_t columns, float* y) {
  auto kernel = activeIsa() >= Isa::AVX512 ? avx512::addRow : avx2::addRow;
  kernel(row, columns, y);
}

}  // namespace swiftkv

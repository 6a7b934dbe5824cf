#include "few_rows.h"

#include <immintrin.h>

namespace swiftkv {
namespace {

constexpr int64_t PANEL = 64;
constexpr int64_t VECTORS = 4;  // of a panel's 64 outputs
constexpr int64_t LANES = 16;
constexpr int64_t LONG_SUM = 1024;
constexpr int64_t SHORT_SUM = 512;
constexpr int64_t PREFETCH_ELEMENTS = 2048;

// sums[row] = or += the products of inputs [first, end) with one panel.
template <int ROWS>
void addInputs(const uint16_t* panel, const uint16_t* x, int64_t inputs, int64_t first, int64_t end,
               float (*sums)[PANEL]) {
  __m512 total[ROWS][VECTORS];
  for (int row = 0; row < ROWS; row++) {
    for (int v = 0; v < VECTORS; v++) total[row][v] = _mm512_setzero_ps();
  }
  for (int64_t k = first; k < end; k += 2) {
    const uint16_t* weights = panel + k * PANEL;
    __m512bh pairs[VECTORS];
    for (int v = 0; v < VECTORS; v++) {
      _mm_prefetch(reinterpret_cast<const char*>(weights + PREFETCH_ELEMENTS + v * 2 * LANES), _MM_HINT_T0);
      pairs[v] = (__m512bh)_mm512_loadu_si512(weights + v * 2 * LANES);
    }
    for (int row = 0; row < ROWS; row++) {
      int32_t pair;
      __builtin_memcpy(&pair, x + row * inputs + k, sizeof pair);
      auto both = (__m512bh)_mm512_set1_epi32(pair);
      for (int v = 0; v < VECTORS; v++) total[row][v] = _mm512_dpbf16_ps(total[row][v], both, pairs[v]);
    }
  }
  for (int row = 0; row < ROWS; row++) {
    for (int v = 0; v < VECTORS; v++) {
      float* to = sums[row] + v * LANES;
      __m512 sum = first == 0 ? total[row][v] : _mm512_add_ps(_mm512_loadu_ps(to), total[row][v]);
      _mm512_storeu_ps(to, sum);
    }
  }
}

void store(const float* sums, int64_t count, float* y, bool add) {
  for (int64_t i = 0; i < count; i++) y[i] = add ? sums[i] + y[i] : sums[i];
}

}  // namespace

void multiplyFewRows(const Bf16Panels& panels, const uint16_t* x, int64_t rows, float* y, bool add, int threads) {
  constexpr int64_t MOST_ROWS = 8;
  const int64_t sumInputs = panels.inputs < LONG_SUM ? SHORT_SUM : LONG_SUM;
  int64_t count = (panels.outputs + PANEL - 1) / PANEL;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int64_t p = 0; p < count; p++) {
    const uint16_t* panel = panels.weight + p * panels.panelElements;
    alignas(64) float sums[MOST_ROWS][PANEL];
    for (int64_t first = 0; first < panels.inputs; first += sumInputs) {
      int64_t end = first + sumInputs < panels.inputs ? first + sumInputs : panels.inputs;
      if (rows == 2) {
        addInputs<2>(panel, x, panels.inputs, first, end, sums);
      } else {
        // The second four rows find these weights in the cache.
        for (int64_t row = 0; row < rows; row += 4) {
          addInputs<4>(panel, x + row * panels.inputs, panels.inputs, first, end, sums + row);
        }
      }
    }
    int64_t width = panels.outputs - p * PANEL < PANEL ? panels.outputs - p * PANEL : PANEL;
    for (int64_t row = 0; row < rows; row++) {
      store(sums[row], width, y + row * panels.outputs + p * PANEL, add);
    }
  }
}

}  // namespace swiftkv

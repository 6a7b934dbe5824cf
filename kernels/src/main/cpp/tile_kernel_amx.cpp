// Register block: 32 rows by 32 outputs, four tiles of sums. Each of its tile products takes 16 cycles and, on average,
// loads one tile, so operands may come from L2: activations of 256 rows stay there, weights pass through once per 256
// rows and are fetched one panel ahead.
#include <immintrin.h>

#include <initializer_list>

#include "tile_kernel.h"

namespace swiftkv {
namespace {

constexpr int64_t BLOCK_ROWS = 2 * TILE_ROWS;
constexpr int64_t ROW_BYTES = 64;
constexpr int64_t SUM_STRIDE = PANEL_OUTPUTS * 4;
constexpr int64_t LINE_BYTES = 64;
constexpr int64_t PREFETCHED_LINES = 4;  // per input tile
constexpr int64_t FEWEST_BLOCKS_TO_PREFETCH = 4;

// The operand of LDTILECFG: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t startRow = 0;
  uint8_t reserved[14] = {};
  uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// sums = or += activations weights^T over `tiles` input tiles; activations are one or two row tiles.
template <bool TWO_ROW_TILES, bool PREFETCH>
inline void multiplyBlock(const uint8_t* a, const uint8_t* b, int64_t inputTiles, int64_t tiles, bool first,
                          float* sums, const char* prefetch) {
  const uint8_t* lowerA = a + inputTiles * TILE_BYTES;
  float* lower = sums + TILE_ROWS * PANEL_OUTPUTS;
  if (first) {
    _tile_zero(0);
    _tile_zero(1);
    if (TWO_ROW_TILES) {
      _tile_zero(2);
      _tile_zero(3);
    }
  } else {
    _tile_loadd(0, sums, SUM_STRIDE);
    _tile_loadd(1, sums + 16, SUM_STRIDE);
    if (TWO_ROW_TILES) {
      _tile_loadd(2, lower, SUM_STRIDE);
      _tile_loadd(3, lower + 16, SUM_STRIDE);
    }
  }
  for (int64_t k = 0; k < tiles; k++) {
    if (PREFETCH) {
      for (int64_t i = 0; i < PREFETCHED_LINES; i++) _mm_prefetch(prefetch + i * LINE_BYTES, _MM_HINT_T1);
      prefetch += PREFETCHED_LINES * LINE_BYTES;
    }
    _tile_loadd(4, a + k * TILE_BYTES, ROW_BYTES);
    _tile_loadd(6, b + 2 * k * TILE_BYTES, ROW_BYTES);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, b + (2 * k + 1) * TILE_BYTES, ROW_BYTES);
    _tile_dpbf16ps(1, 4, 7);
    if (TWO_ROW_TILES) {
      _tile_loadd(5, lowerA + k * TILE_BYTES, ROW_BYTES);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, SUM_STRIDE);
  _tile_stored(1, sums + 16, SUM_STRIDE);
  if (TWO_ROW_TILES) {
    _tile_stored(2, lower, SUM_STRIDE);
    _tile_stored(3, lower + 16, SUM_STRIDE);
  }
}

void store(const TileTask& task, int64_t row, int64_t rows, int64_t output, int64_t width, const float* sums) {
  for (int64_t r = 0; r < rows; r++) {
    const float* from = sums + r * PANEL_OUTPUTS;
    float* to = task.y + (row + r) * task.outputs + output;
    for (int64_t i = 0; i < width; i++) to[i] = task.add ? to[i] + from[i] : from[i];
  }
}

// e^x of 16 values, step by step as exponential() in rows_isa.cpp.
inline __m512 exponential(__m512 x) {
  const __m512 limit = _mm512_set1_ps(130.0f);
  const __m512 round = _mm512_set1_ps(12582912.0f);
  __m512 clamped = _mm512_max_ps(_mm512_min_ps(limit, x), _mm512_sub_ps(_mm512_setzero_ps(), limit));
  __m512 shifted = _mm512_fmadd_ps(clamped, _mm512_set1_ps(1.44269504f), round);
  __m512i n = _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(0x4B400000));
  __m512 whole = _mm512_sub_ps(shifted, round);
  __m512 r = _mm512_fnmadd_ps(whole, _mm512_set1_ps(0.693359375f), clamped);
  r = _mm512_fnmadd_ps(whole, _mm512_set1_ps(-2.12194440e-4f), r);
  __m512 p = _mm512_set1_ps(1.0f / 5040);
  for (float factor : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) {
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(factor));
  }
  __m512i half = _mm512_srai_epi32(n, 1);
  __m512i bias = _mm512_set1_epi32(127);
  __m512 low = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(half, bias), 23));
  __m512 high = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_sub_epi32(n, half), bias), 23));
  return _mm512_mul_ps(_mm512_mul_ps(p, low), high);
}

// Rounds to nearest even, as toBf16(); NaN stays NaN.
inline __m256i roundToBf16(__m512 values) {
  __m512i bits = _mm512_castps_si512(values);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF))), 16);
  __mmask16 unordered = _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_mask_set1_epi32(rounded, unordered, 0x7FC0));
}

void storeGated(const TileTask& task, int64_t row, int64_t rows, int64_t output, int64_t width, const float* sums) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  auto mask = static_cast<__mmask16>((1u << width / 2) - 1);
  for (int64_t r = 0; r < rows; r++) {
    __m512 left = _mm512_load_ps(sums + r * PANEL_OUTPUTS);
    __m512 right = _mm512_load_ps(sums + r * PANEL_OUTPUTS + 16);
    __m512 gate = _mm512_permutex2var_ps(left, even, right);
    __m512 up = _mm512_permutex2var_ps(left, odd, right);
    __m512 negative = _mm512_sub_ps(_mm512_setzero_ps(), gate);
    __m512 silu = _mm512_div_ps(gate, _mm512_add_ps(_mm512_set1_ps(1.0f), exponential(negative)));
    uint16_t* to = task.hidden + (row + r) * (task.outputs / 2) + output / 2;
    _mm256_mask_storeu_epi16(to, mask, roundToBf16(_mm512_mul_ps(silu, up)));
  }
}

// One panel times all rows of the task, over one chunk of inputs.
void multiplyPanel(const TileTask& task, int64_t panel, int64_t chunk, int64_t tiles, bool last) {
  alignas(64) float local[BLOCK_ROWS * PANEL_OUTPUTS];
  const uint8_t* b = task.weights + 2 * (panel * task.inputTiles + chunk) * TILE_BYTES;
  int64_t blocks = (task.rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  // The same chunk of the next panel: as many bytes as eight blocks fetch.
  const char* next = reinterpret_cast<const char*>(b + 2 * task.inputTiles * TILE_BYTES);
  bool prefetch = blocks >= FEWEST_BLOCKS_TO_PREFETCH && panel + 1 < task.endPanel;
  int64_t output = panel * PANEL_OUTPUTS;
  int64_t width = task.outputs - output < PANEL_OUTPUTS ? task.outputs - output : PANEL_OUTPUTS;
  for (int64_t block = 0; block < blocks; block++) {
    int64_t row = block * BLOCK_ROWS;
    int64_t rows = task.rows - row < BLOCK_ROWS ? task.rows - row : BLOCK_ROWS;
    const uint8_t* a = task.activations + (row / TILE_ROWS * task.inputTiles + chunk) * TILE_BYTES;
    float* sums = task.sums == nullptr ? local : task.sums + (panel * blocks + block) * BLOCK_ROWS * PANEL_OUTPUTS;
    if (rows <= TILE_ROWS) {
      multiplyBlock<false, false>(a, b, task.inputTiles, tiles, chunk == 0, sums, nullptr);
    } else if (prefetch && (block + 1) * PREFETCHED_LINES * LINE_BYTES <= 2 * TILE_BYTES) {
      multiplyBlock<true, true>(a, b, task.inputTiles, tiles, chunk == 0, sums,
                                next + block * tiles * PREFETCHED_LINES * LINE_BYTES);
    } else {
      multiplyBlock<true, false>(a, b, task.inputTiles, tiles, chunk == 0, sums, nullptr);
    }
    if (!last) continue;
    if (task.hidden != nullptr) {
      storeGated(task, row, rows, output, width, sums);
    } else {
      store(task, row, rows, output, width, sums);
    }
  }
}

}  // namespace

void packActivations(const uint16_t* x, int64_t rows, int64_t inputs, int64_t first, int64_t end, uint8_t* packed) {
  int64_t inputTiles = (inputs + TILE_INPUTS - 1) / TILE_INPUTS;
  int64_t whole = inputs / TILE_INPUTS;
  int64_t rest = inputs % TILE_INPUTS;
  auto tail = static_cast<__mmask32>((1u << rest) - 1);
  for (int64_t tile = first; tile < end; tile++) {
    for (int64_t r = 0; r < TILE_ROWS; r++) {
      int64_t row = tile * TILE_ROWS + r;
      const uint16_t* from = x + row * inputs;
      uint8_t* to = packed + tile * inputTiles * TILE_BYTES + r * ROW_BYTES;
      bool real = row < rows;
      for (int64_t k = 0; k < whole; k++) {
        __m512i values = real ? _mm512_loadu_si512(from + k * TILE_INPUTS) : _mm512_setzero_si512();
        _mm512_store_si512(to + k * TILE_BYTES, values);
      }
      if (rest != 0) {
        __m512i values =
            real ? _mm512_maskz_loadu_epi16(tail, from + whole * TILE_INPUTS) : _mm512_setzero_si512();
        _mm512_store_si512(to + whole * TILE_BYTES, values);
      }
    }
  }
}

void multiplyTiles(const TileTask& task) {
  TileConfiguration configuration;
  _tile_loadconfig(&configuration);
  for (int64_t chunk = 0; chunk < task.inputTiles; chunk += CHUNK_TILES) {
    int64_t left = task.inputTiles - chunk;
    int64_t tiles = left < CHUNK_TILES ? left : CHUNK_TILES;
    for (int64_t panel = task.firstPanel; panel < task.endPanel; panel++) {
      multiplyPanel(task, panel, chunk, tiles, tiles == left);
    }
  }
  _tile_release();
}

}  // namespace swiftkv

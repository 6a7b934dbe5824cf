// Attention with products on AMX tiles (TDPBF16PS). Pages hold the operands as tiles want them: 16 keys side by side
// with pairs of head elements below one another, and value columns side by side with pairs of positions below.
//
// A block is 32 rows, two tiles; its products are two tiles wide. Between the two products, softmax runs on the scores
// in vector registers: weights are rounded to BF16 for their product with the values, their sum is not.
//
// Tiles take subnormal operands and sums (below 2^-126) for 0. Weights that small mean nothing beside the largest,
// which is in [1/2, 1]; results of values that small come out as 0.
#define SWIFTKV_ISA amx
#include "attention_tile.h"

namespace swiftkv::SWIFTKV_ISA {
namespace {

constexpr int64_t TILE = 16;                 // rows of a tile, and its 32-bit columns
constexpr int64_t TILE_LANES = TILE * TILE;  // 32-bit lanes of a whole tile
constexpr int64_t BLOCK_TILES = MOST_BLOCK_ROWS / TILE;
constexpr int64_t LANE_BYTES = 4;

// The operand of LDTILECFG.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t startRow = 0;
  uint8_t reserved[14] = {};
  uint16_t rowBytes[16] = {};
  uint8_t rows[16] = {};
};

// Keeps the compiler from moving what memory holds past tile instructions, of which it knows too little.
inline void memoryBarrier() { __asm__ volatile("" ::: "memory"); }

// The widest part of a row of queries that fills a tile's columns and of which there is a whole number.
int64_t divisorUpToTile(int64_t depth) {
  int64_t divisor = depth < TILE ? depth : TILE;
  while (depth % divisor != 0) {
    divisor--;
  }
  return divisor;
}

// Tiles 0 to 3 are sums (two tiles of rows by two of columns), 4 and 5 the left operands, 6 and 7 the right ones. The
// inner dimension of a product is `lanes` lanes.
void configureTiles(int64_t lanes) {
  TileConfiguration configuration;
  for (int i = 0; i < 8; i++) {
    bool right = i >= 6;
    bool left = i == 4 || i == 5;
    configuration.rows[i] = static_cast<uint8_t>(right ? lanes : TILE);
    configuration.rowBytes[i] = static_cast<uint16_t>(left ? lanes * LANE_BYTES : TILE * LANE_BYTES);
  }
  memoryBarrier();
  _tile_loadconfig(&configuration);
}

inline void prefetchTile(const float* from, int64_t stride, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) {
    _mm_prefetch(reinterpret_cast<const char*>(from + i * stride), _MM_HINT_T1);
  }
}

// Loads the operands of one product and adds it to the sums: M tiles of rows, N tiles of columns.
template <int M, int N>
inline void multiplyTiles(const float* left, int64_t leftStride, int64_t leftTile, const float* const* right,
                          int64_t rightStride) {
  _tile_loadd(4, left, leftStride * LANE_BYTES);
  _tile_loadd(6, right[0], rightStride * LANE_BYTES);
  _tile_dpbf16ps(0, 4, 6);
  if (N == 2) {
    _tile_loadd(7, right[1], rightStride * LANE_BYTES);
    _tile_dpbf16ps(1, 4, 7);
  }
  if (M == 2) {
    _tile_loadd(5, left + leftTile, leftStride * LANE_BYTES);
    _tile_dpbf16ps(2, 5, 6);
    if (N == 2) {
      _tile_dpbf16ps(3, 5, 7);
    }
  }
}

template <int M, int N>
inline void storeTiles(float* to, int64_t stride, int64_t nextRows, int64_t nextColumns) {
  _tile_stored(0, to, stride * LANE_BYTES);
  if (N == 2) {
    _tile_stored(1, to + nextColumns, stride * LANE_BYTES);
  }
  if (M == 2) {
    _tile_stored(2, to + nextRows, stride * LANE_BYTES);
    if (N == 2) {
      _tile_stored(3, to + nextRows + nextColumns, stride * LANE_BYTES);
    }
  }
}

// The largest lane of each of 16 vectors.
inline Vec largestOfEach(const Vec (&rows)[TILE]) {
  Vec halves[8];  // 8 lanes each of rows i and i + 8
  for (int i = 0; i < 8; i++) {
    halves[i] = larger(_mm512_shuffle_f32x4(rows[i], rows[i + 8], 0x44),
                       _mm512_shuffle_f32x4(rows[i], rows[i + 8], 0xEE));
  }
  Vec quarters[4];  // 4 lanes each of rows i, i + 8, i + 4 and i + 12
  for (int i = 0; i < 4; i++) {
    quarters[i] = larger(_mm512_shuffle_f32x4(halves[i], halves[i + 4], 0x88),
                         _mm512_shuffle_f32x4(halves[i], halves[i + 4], 0xDD));
  }
  Vec pairs[2];  // of each quarter, 2 lanes of its row and 2 of the row 2 after it
  for (int i = 0; i < 2; i++) {
    pairs[i] = larger(_mm512_shuffle_ps(quarters[i], quarters[i + 2], 0x44),
                      _mm512_shuffle_ps(quarters[i], quarters[i + 2], 0xEE));
  }
  Vec largest = larger(_mm512_shuffle_ps(pairs[0], pairs[1], 0x88), _mm512_shuffle_ps(pairs[0], pairs[1], 0xDD));
  const __m512i laneOfRow = _mm512_setr_epi32(0, 2, 1, 3, 8, 10, 9, 11, 4, 6, 5, 7, 12, 14, 13, 15);
  return _mm512_permutexvar_ps(laneOfRow, largest);
}

// 2^x for x up to 0, within 3e-6 of its size, far below a step of BF16; 0 from where it underflows, -infinity included;
// NaN for NaN. Shorter than powerOfTwo of vectors.h and fitted in the same way.
inline Vec weightOf(Vec x) {
  Vec f = _mm512_reduce_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  Vec q = multiplyAdd(all(0x1.3a02ccp-7f), f, all(0x1.c9fc46p-5f));
  q = multiplyAdd(q, f, all(0x1.ec0378p-3f));
  q = multiplyAdd(q, f, all(0x1.62e12cp-1f));
  return _mm512_scalef_ps(multiplyAdd(q, f, all(1.0f)), x - f);
}

class TileProducts {
 public:
  static constexpr int64_t PAIR = 2;
  static constexpr int64_t ALIGNED_GROUPS = 2;  // of which the pairs fill a tile's rows

  TileProducts(const Scratch& scratch, const StepPages& step, const StepPages& ahead, int64_t headSize)
      : scratch_(scratch),
        step_(step),
        ahead_(ahead),
        padded_(paddedHeadSize(headSize)),
        depth_(headSize / PAIR),
        depthStep_(divisorUpToTile(depth_)),
        scaleLog2_(scoreScaleLog2(headSize)) {
    configureTiles(TILE);
  }

  TileProducts(const TileProducts&) = delete;
  TileProducts& operator=(const TileProducts&) = delete;
  ~TileProducts() { _tile_release(); }

  static int64_t blocks(int64_t rows) { return (rows + MOST_BLOCK_ROWS - 1) / MOST_BLOCK_ROWS; }

  static int64_t firstRow(int64_t rows, int64_t block) {
    return block * MOST_BLOCK_ROWS < rows ? block * MOST_BLOCK_ROWS : rows;
  }

  template <bool AHEAD>
  void add(const Block& block) {
    if (block.count <= TILE) {
      addRows<1, AHEAD>(block);
    } else {
      addRows<2, AHEAD>(block);
    }
  }

 private:
  template <int M, bool AHEAD>
  void addRows(const Block& block) {
    int64_t pairs = (block.groups + 1) / 2;
    if (depthStep_ != TILE) {
      configureTiles(depthStep_);
    }
    memoryBarrier();
    for (int64_t pair = 0; pair < pairs; pair++) {
      score<M, AHEAD>(block.from, pair);
    }
    memoryBarrier();
    for (int64_t m = 0; m < M; m++) {
      weigh(block, m, pairs);
    }
    if (depthStep_ != TILE) {
      configureTiles(TILE);
    }
    memoryBarrier();
    int64_t column = 0;
    for (; column + 2 * TILE <= padded_; column += 2 * TILE) {
      accumulate<M, 2, AHEAD>(block.from, pairs, column);
    }
    if (column < padded_) {
      accumulate<M, 1, AHEAD>(block.from, pairs, column);
    }
    memoryBarrier();
  }

  // scores[group][row][position] = queries keys^T, not scaled, for two groups of positions.
  template <int M, bool AHEAD>
  void score(int64_t from, int64_t pair) {
    zeroTiles();
    const float* queries = scratch_.queries + from * depth_;
    for (int64_t i = 0; i < depth_; i += depthStep_) {
      const float* keys[2];
      for (int n = 0; n < 2; n++) {
        keys[n] = step_.keys[2 * pair + n] + i * TOKEN_GROUP;
        if (AHEAD) {
          prefetchTile(ahead_.keys[2 * pair + n] + i * TOKEN_GROUP, TOKEN_GROUP, depthStep_);
        }
      }
      multiplyTiles<M, 2>(queries + i, depth_, TILE * depth_, keys, TOKEN_GROUP);
    }
    storeTiles<M, 2>(scratch_.scores + 2 * pair * BLOCK_TILES * TILE_LANES, TILE, TILE_LANES, BLOCK_TILES * TILE_LANES);
  }

  static void zeroTiles() {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }

  // Scores of one tile of rows to weights[pair][row][position of 32]: 2^(score * scaleLog2 - maximum), with maximum,
  // sum and output brought up to date. Maxima are rounded up to whole numbers, so that corrections are powers of two
  // and the output stays exact. Rows behind the block's get weight 0.
  void weigh(const Block& block, int64_t m, int64_t pairs) {
    int64_t from = block.from + m * TILE;
    int64_t rows = block.count - m * TILE < TILE ? block.count - m * TILE : TILE;
    float* scores = scratch_.scores + m * TILE_LANES;
    float* weights = scratch_.weights + m * TILE_LANES;
    constexpr int64_t NEXT = BLOCK_TILES * TILE_LANES;
    Vec most[TILE];
    for (int64_t r = 0; r < TILE; r++) {
      most[r] = all(-std::numeric_limits<float>::infinity());
    }
    for (int64_t r = 0; r < rows; r++) {
      int64_t count = scratch_.counts[from + r] - block.start;
      float* row = scores + r * TILE;
      for (int64_t group = count < 0 ? 0 : count / TOKEN_GROUP; group < 2 * pairs; group++) {
        store(row + group * NEXT, firstLanes(load(row + group * NEXT), count - group * TOKEN_GROUP));
      }
      for (int64_t group = 0; group < 2 * pairs; group++) {
        most[r] = larger(load(row + group * NEXT), most[r]);
      }
    }
    alignas(64) float corrections[TILE];
    bool corrected = raiseMaxima(from, rows, largestOfEach(most), corrections);
    Vec scale = all(scaleLog2_);
    for (int64_t r = 0; r < rows; r++) {
      Vec maximum = all(scratch_.maxima[from + r]);
      float* sums = scratch_.sums + (from + r) * LANES;
      Vec total = load(sums);
      if (corrected) {
        total = total * all(corrections[r]);
        correctOutput(from + r, corrections[r]);
      }
      for (int64_t pair = 0; pair < pairs; pair++) {
        const float* row = scores + 2 * pair * NEXT + r * TILE;
        Vec first = weightOf(multiplySubtract(load(row), scale, maximum));
        Vec second = weightOf(multiplySubtract(load(row + NEXT), scale, maximum));
        total = total + (first + second);
        store(weights + pair * NEXT + r * TILE, reinterpret_cast<Vec>(_mm512_cvtne2ps_pbh(second, first)));
      }
      store(sums, total);
    }
    for (int64_t r = rows; r < TILE; r++) {
      for (int64_t pair = 0; pair < pairs; pair++) {
        store(weights + pair * NEXT + r * TILE, zero());
      }
    }
  }

  // Brings the maxima of rows up to date. Returns whether a row's sums have to be corrected.
  bool raiseMaxima(int64_t from, int64_t rows, Vec most, float* corrections) {
    __mmask16 rowsOfBlock = static_cast<__mmask16>((1u << rows) - 1);
    Vec before = load(scratch_.maxima + from);
    Vec now = _mm512_roundscale_ps(most * all(scaleLog2_), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    now = larger(now, before);
    store(corrections, _mm512_scalef_ps(all(1.0f), before - now));
    _mm512_mask_storeu_ps(scratch_.maxima + from, rowsOfBlock, now);
    return _mm512_mask_cmp_ps_mask(rowsOfBlock, before, now, _CMP_NEQ_UQ) != 0;
  }

  void correctOutput(int64_t row, float correction) {
    float* output = scratch_.output + row * padded_;
    for (int64_t column = 0; column < padded_; column += LANES) {
      store(output + column, load(output + column) * all(correction));
    }
  }

  // output += weights values, for N tiles of columns from `column` on.
  template <int M, int N, bool AHEAD>
  void accumulate(int64_t from, int64_t pairs, int64_t column) {
    float* output = scratch_.output + from * padded_ + column;
    loadOutput<M, N>(output);
    for (int64_t pair = 0; pair < pairs; pair++) {
      const float* values[N];
      for (int n = 0; n < N; n++) {
        values[n] = step_.values[2 * pair] + column + n * TILE;
        if (AHEAD) {
          prefetchTile(ahead_.values[2 * pair] + column + n * TILE, padded_, TILE / 2);
          prefetchTile(ahead_.values[2 * pair + 1] + column + n * TILE, padded_, TILE / 2);
        }
      }
      multiplyTiles<M, N>(scratch_.weights + pair * BLOCK_TILES * TILE_LANES, TILE, TILE_LANES, values, padded_);
    }
    storeTiles<M, N>(output, padded_, TILE * padded_, TILE);
  }

  template <int M, int N>
  void loadOutput(const float* output) const {
    _tile_loadd(0, output, padded_ * LANE_BYTES);
    if (N == 2) {
      _tile_loadd(1, output + TILE, padded_ * LANE_BYTES);
    }
    if (M == 2) {
      _tile_loadd(2, output + TILE * padded_, padded_ * LANE_BYTES);
      if (N == 2) {
        _tile_loadd(3, output + TILE * padded_ + TILE, padded_ * LANE_BYTES);
      }
    }
  }

  const Scratch& scratch_;
  const StepPages& step_;
  const StepPages& ahead_;
  const int64_t padded_;
  const int64_t depth_;      // lanes of a query
  const int64_t depthStep_;  // of them in one product
  const float scaleLog2_;
};

}  // namespace

void attendTile(const AttentionCall& call, const AttentionTile& tile, void* scratch) {
  TilePass<TileProducts>(call, tile, scratch).run();
}

}  // namespace swiftkv::SWIFTKV_ISA

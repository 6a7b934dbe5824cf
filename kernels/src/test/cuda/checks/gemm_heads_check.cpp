// The heads epilogue of gemm_{mma,wgmma}_heads: queries to a tensor, keys and values to the right slots of the right
// pages, rotated by the right angles, and nothing else written. Sums come from the store epilogue of the same family;
// scatter_heads, which few rows go through, must make the same bits of them.
#include <array>
#include <numeric>

#include "gemm_kernels.h"
#include "rows.cuh"

namespace checks {
namespace {

constexpr int BLOCK_TOKENS = 16;
constexpr int POSITIONS = 50;

// What a projection's outputs are: query heads, then for each cache its key heads and its value heads.
struct HeadsShape {
  int headSize;
  int queryHeads;
  int kvHeads;
  int caches;

  int heads() const { return queryHeads + 2 * kvHeads * caches; }
};

// Expected elements, by the same indices as memory; untouched ones are NaN.
struct Expected {
  std::vector<double> values;
  std::vector<double> bounds;

  explicit Expected(size_t count) : values(count, std::nan("")), bounds(count, 0) {}

  void check(const std::string& what, const std::vector<uint16_t>& actual) const {
    for (size_t i = 0; i < actual.size(); i++) {
      if (std::isnan(values[i])) {
        require(actual[i] == POISON_BF16, "%s: wrote element %zu", what.c_str(), i);
      } else {
        require(std::abs(fromBf16(actual[i]) - values[i]) <= bounds[i], "%s: element %zu is %g instead of %g",
                what.c_str(), i, fromBf16(actual[i]), values[i]);
      }
    }
  }
};

class HeadsCase {
 public:
  HeadsCase(HeadsShape shape, int rows, int tokens, unsigned seed)
      : shape_(shape),
        tokens_(tokens),
        problem_({rows, shape.heads() * shape.headSize, 72}, true, seed),
        slotCount_(paddedTo(rows + 20, BLOCK_TOKENS)),
        positions_(rows),
        slots_(slotCount_),
        cosine_(POSITIONS * shape.headSize / 2),
        sine_(cosine_.size()),
        queries_(paddedTo(rows, TILE_ROWS), std::max(1, shape.queryHeads) * shape.headSize, POISON_BF16),
        pages_(2 * shape.caches, std::vector<uint16_t>(pageElements(), POISON_BF16)) {
    std::mt19937 random(seed);
    for (int& position : positions_) position = static_cast<int>(random() % POSITIONS);
    std::iota(slots_.begin(), slots_.end(), 0);
    std::shuffle(slots_.begin(), slots_.end(), random);
    for (size_t i = 0; i < cosine_.size(); i++) {
      double angle = static_cast<double>(random()) / 1e9;
      cosine_[i] = static_cast<float>(std::cos(angle));
      sine_[i] = static_cast<float>(std::sin(angle));
    }
    // Rows past the step's tokens have no position and no slot.
    std::fill(positions_.begin() + tokens, positions_.end(), 1 << 30);
    std::fill(slots_.begin() + tokens, slots_.end(), 1 << 30);
    fillTargets();
  }

  void check(Family family, unsigned seed) {
    std::vector<float> sums(static_cast<size_t>(problem_.shape.rows) * problem_.shape.outputs);
    launchGemm(family, "store", problem_.tiledArguments(sums.data()), 0);
    launchGemm(family, "heads", arguments(), seed);
    char what[160];
    std::snprintf(what, sizeof what, "%s head size %d, %d query heads, %d caches, %d of %d rows",
                  kernelName(family, "heads").c_str(), shape_.headSize, shape_.queryHeads, shape_.caches, tokens_,
                  problem_.shape.rows);
    checkQueries(what, sums);
    for (int cache = 0; cache < shape_.caches; cache++) {
      int firstHead = shape_.queryHeads + 2 * cache * shape_.kvHeads;
      std::string where = what;
      expectedPages(sums, firstHead, true).check(where + ", keys", pages_[2 * cache]);
      expectedPages(sums, firstHead + shape_.kvHeads, false).check(where + ", values", pages_[2 * cache + 1]);
    }
    checkScattered(what, sums, seed);
  }

 private:
  size_t pageElements() const { return static_cast<size_t>(slotCount_) * shape_.kvHeads * shape_.headSize; }

  // Written out instead of pageIndexBf16, which is checked with it.
  size_t inPages(int slot, int head, int element) const {
    size_t page = static_cast<size_t>(slot / BLOCK_TOKENS) * shape_.kvHeads + head;
    int token = slot % BLOCK_TOKENS;
    if (shape_.headSize < 64) {
      return (page * BLOCK_TOKENS + token) * shape_.headSize + element;
    }
    size_t slab = page * (shape_.headSize / 64) + element / 64;
    int chunk = element % 64 / 8 ^ token % 8;
    return (slab * BLOCK_TOKENS + token) * 64 + chunk * 8 + element % 8;
  }

  void fillTargets() {
    for (int head = 0; head < shape_.queryHeads; head++) targets_.push_back({HEAD_QUERY, head, nullptr});
    for (int cache = 0; cache < shape_.caches; cache++) {
      for (HeadKind kind : {HEAD_KEY, HEAD_VALUE}) {
        void* pages = pages_[2 * cache + (kind == HEAD_VALUE)].data();
        for (int head = 0; head < shape_.kvHeads; head++) targets_.push_back({kind, head, pages});
      }
    }
  }

  // Undoes what a kernel wrote, scatters the sums, and compares.
  void checkScattered(const std::string& what, const std::vector<float>& sums, unsigned seed) {
    Tiled fusedQueries = queries_;
    std::vector<std::vector<uint16_t>> fusedPages = pages_;
    queries_.fill(POISON_BF16);
    for (auto& page : pages_) std::fill(page.begin(), page.end(), POISON_BF16);
    const GemmShape& shape = problem_.shape;
    ScatterHeadsArguments scatter = {sums.data(), shape.rows, shape.outputs, arguments().heads};
    launch("scatter_heads_bf16", shape.rows * ((shape.outputs + 2047) / 2048), ROW_THREADS, 0, scatter, seed);
    require(pages_ == fusedPages, "%s: scatter_heads writes other pages", what.c_str());
    for (int row = 0; row < paddedTo(shape.rows, TILE_ROWS); row++) {
      for (int column = 0; column < shape_.queryHeads * shape_.headSize; column++) {
        require(queries_.at(row, column) == fusedQueries.at(row, column), "%s: scatter_heads differs at query [%d, %d]",
                what.c_str(), row, column);
      }
    }
  }

  GemmArguments arguments() {
    batch_ = {};
    batch_.tokenCount = tokens_;
    batch_.positions = positions_.data();
    batch_.slots = slots_.data();
    GemmArguments arguments = problem_.tiledArguments(nullptr);
    arguments.heads = {targets_.data(), &batch_,          cosine_.data(),  sine_.data(),  queries_.data(),
                       shape_.queryHeads * shape_.headSize, shape_.headSize, shape_.kvHeads, BLOCK_TOKENS};
    return arguments;
  }

  // Element `element` of a head in float64, and how far the kernel's may be off.
  std::array<double, 2> element(const std::vector<float>& sums, int row, int head, int element, bool rotates) const {
    const float* values = sums.data() + static_cast<size_t>(row) * problem_.shape.outputs + head * shape_.headSize;
    double own = values[element];
    if (rotates) {
      int half = shape_.headSize / 2;
      bool lower = element < half;
      int angle = positions_[row] * half + element % half;
      double partner = lower ? -values[element + half] : values[element - half];
      own = own * cosine_[angle] + partner * sine_[angle];
    }
    return {own, std::abs(own) * 0x1.02p-8 + 1e-5};
  }

  Expected expectedPages(const std::vector<float>& sums, int firstHead, bool rotates) const {
    Expected expected(pageElements());
    for (int row = 0; row < tokens_; row++) {
      for (int head = 0; head < shape_.kvHeads; head++) {
        for (int e = 0; e < shape_.headSize; e++) {
          auto [value, bound] = element(sums, row, firstHead + head, e, rotates);
          size_t at = inPages(slots_[row], head, e);
          expected.values[at] = value;
          expected.bounds[at] = bound;
        }
      }
    }
    return expected;
  }

  void checkQueries(const std::string& what, const std::vector<float>& sums) {
    int columns = shape_.queryHeads * shape_.headSize;
    for (int row = 0; row < paddedTo(problem_.shape.rows, TILE_ROWS); row++) {
      for (int column = 0; column < paddedTo(std::max(1, columns), TILE_COLUMNS); column++) {
        float actual = fromBf16(queries_.at(row, column));
        if (row >= tokens_ || column >= columns) {
          require(queries_.at(row, column) == POISON_BF16, "%s: wrote query [%d, %d]", what.c_str(), row, column);
        } else {
          auto [value, bound] = element(sums, row, column / shape_.headSize, column % shape_.headSize, true);
          require(std::abs(actual - value) <= bound, "%s: query [%d, %d] is %g instead of %g", what.c_str(), row,
                  column, actual, value);
        }
      }
    }
  }

  HeadsShape shape_;
  int tokens_;
  GemmProblem problem_;
  int slotCount_;
  std::vector<int> positions_;
  std::vector<int> slots_;
  std::vector<float> cosine_;
  std::vector<float> sine_;
  Tiled queries_;
  std::vector<std::vector<uint16_t>> pages_;
  std::vector<HeadTarget> targets_;
  BatchView batch_ = {};
};

void checkFamily(Family family) {
  unsigned seed = 1;
  for (int headSize : {32, 64, 128}) {
    for (HeadsShape shape :
         {HeadsShape{headSize, 3, 1, 1}, HeadsShape{headSize, 0, 2, 3}, HeadsShape{headSize, 5, 1, 0}}) {
      HeadsCase(shape, 1, 1, seed).check(family, seed);
      HeadsCase(shape, 65, 65, seed).check(family, seed);
      HeadsCase(shape, 150, 131, seed).check(family, seed);
      seed++;
    }
  }
}

}  // namespace
}  // namespace checks

int main() {
  checks::checkFamily(checks::Family::MMA);
  checks::checkFamily(checks::Family::WGMMA);
  return 0;
}

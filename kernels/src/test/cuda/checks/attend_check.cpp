// Attention over pages by the attend_{mma,wgmma,plain}_* kernels: against float64, and bit by bit: a token gets the
// same result whatever tile, chunk or batch it is in, prefilled or decoded, and whatever lies past its position.
#include <limits>

#include "attend_problem.h"

namespace checks {
namespace {

std::string describe(Attend way, const AttendShape& shape) {
  char text[160];
  std::snprintf(text, sizeof text, "%s, %d heads on %d of size %d, blocks of %d", nameOf(way), shape.heads,
                shape.kvHeads, shape.headSize, shape.blockTokens);
  return text;
}

// A row of `rows` must have the bits of a row of `others`; of NaN there is one kind.
void requireSameRow(const std::string& what, const AttendShape& shape, const std::vector<float>& rows, int row,
                    const std::vector<float>& others, int other) {
  int columns = shape.queryColumns();
  for (int column = 0; column < columns; column++) {
    float one = rows[static_cast<size_t>(row) * columns + column];
    float two = others[static_cast<size_t>(other) * columns + column];
    require(bitsOf(one) == bitsOf(two) || (std::isnan(one) && std::isnan(two)),
            "%s: row %d, column %d is %a and not %a", what.c_str(), row, column, one, two);
  }
}

// Some sequences whole, then ends of them in another order.
void checkAgainstFloat64(Attend prefill, AttendShape shape, const std::vector<int>& contexts, unsigned seed) {
  AttendProblem problem(shape, contexts, seed);
  std::string what = describe(prefill, shape);
  problem.check(what, prefill, problem.whole(), problem.run(prefill, problem.whole(), seed));
  std::vector<Part> ends;
  for (int s = static_cast<int>(contexts.size()) - 1; s >= 0; s--) ends.push_back({s, contexts[s] / 2, contexts[s]});
  problem.check(what + ", second halves", prefill, ends, problem.run(prefill, ends, seed + 1));
}

// Chunks of a sequence, and decoding of some of its tokens, against all of it at once.
void checkChunks(Attend prefill, Attend decode, AttendShape shape, int context, const std::vector<int>& decoded,
                 unsigned seed) {
  AttendProblem problem(shape, {context, context / 2 + 1}, seed);
  std::string what = describe(prefill, shape);
  std::vector<float> whole = problem.run(prefill, {{0, 0, context}}, seed);
  problem.check(what, prefill, {{0, 0, context}}, whole);
  for (int budget : {7, 16, 64}) {
    for (int from = 0; from < context; from += 4 * budget + 137) {
      int to = std::min(from + budget, context);
      std::vector<float> chunk = problem.run(prefill, {{1, 0, 3}, {0, from, to}}, seed + from);
      for (int t = from; t < to; t++) {
        requireSameRow(what + ", chunk of " + std::to_string(budget), shape, chunk, 3 + t - from, whole, t);
      }
    }
  }
  for (int t : decoded) {
    std::vector<float> alone = problem.run(prefill, {{0, t, t + 1}}, seed + t);
    requireSameRow(what + ", one token", shape, alone, 0, whole, t);
    alone = problem.run(decode, {{0, t, t + 1}}, seed + t);
    requireSameRow(describe(decode, shape), shape, alone, 0, whole, t);
  }
  // Several together, with few blocks and with more than there is work.
  std::vector<Part> all;
  for (int t : decoded) all.push_back({0, t, t + 1});
  for (int grid : {1, 200}) {
    std::vector<float> rows = problem.run(decode, all, seed, grid);
    for (size_t i = 0; i < decoded.size(); i++) {
      requireSameRow(describe(decode, shape) + ", together", shape, rows, static_cast<int>(i), whole, decoded[i]);
    }
  }
}

void checkBatchIsAlone(Attend prefill, AttendShape shape, unsigned seed) {
  AttendProblem alone(shape, {70}, seed);
  AttendProblem crowd(shape, {70, 5, 64, 29, 1}, seed + 1);
  std::vector<float> expected = alone.run(prefill, alone.whole(), seed);
  std::vector<float> among = crowd.run(prefill, crowd.whole(), seed + 1);
  std::vector<float> reversed = crowd.run(prefill, {{4, 0, 1}, {3, 0, 29}, {2, 0, 64}, {1, 0, 5}, {0, 0, 70}}, seed);
  for (int t = 0; t < 70; t++) {
    requireSameRow(describe(prefill, shape) + ", among others", shape, among, t, expected, t);
    requireSameRow(describe(prefill, shape) + ", after others", shape, reversed, 99 + t, expected, t);
  }
}

// What later tokens hold does not show in earlier ones, and does in their own results, alike in all kernels.
void checkSpoiled(Attend prefill, Attend decode, AttendShape shape, unsigned seed) {
  constexpr int CONTEXT = 70;
  for (float value : {poison(), std::numeric_limits<float>::infinity()}) {
    AttendProblem problem(shape, {CONTEXT}, seed);
    std::vector<float> expected = problem.run(prefill, problem.whole(), seed);
    for (int first : {69, 64, 35, 1}) {
      problem.spoil(0, first, value, std::isnan(value));
      std::vector<float> rows = problem.run(prefill, problem.whole(), seed + first);
      std::string what = describe(prefill, shape) + ", spoiled from " + std::to_string(first);
      for (int t = 0; t < first; t++) requireSameRow(what, shape, rows, t, expected, t);
      for (int t : {first, std::min(first + 20, CONTEXT - 1)}) {
        require(!std::isfinite(rows[static_cast<size_t>(t) * shape.queryColumns()]), "%s: row %d is finite",
                what.c_str(), t);
        requireSameRow(what + ", decoded", shape, problem.run(decode, {{0, t, t + 1}}, seed), 0, rows, t);
      }
    }
  }
}

void checkMma() {
  unsigned seed = 1;
  auto prefill = Attend::MMA_PREFILL;
  auto decode = Attend::MMA_DECODE;
  for (AttendShape shape :
       {AttendShape{1, 1, 128, 128}, AttendShape{4, 2, 64, 48}, AttendShape{7, 1, 80, 16}, AttendShape{2, 1, 16, 32}}) {
    checkAgainstFloat64(prefill, shape, {61, 1, 130, 16}, seed++);
  }
  checkChunks(prefill, decode, {1, 1, 128, 32}, 580, {0, 63, 64, 511, 512, 579}, seed++);
  checkChunks(prefill, decode, {1, 1, 64, 16}, 1030, {511, 512, 1023, 1024, 1029}, seed++);
  checkChunks(prefill, decode, {4, 2, 64, 128}, 75, {0, 17, 74}, seed++);
  checkChunks(prefill, decode, {16, 1, 64, 32}, 20, {3, 19}, seed++);
  checkChunks(prefill, decode, {36, 2, 64, 32}, 18, {0, 17}, seed++);  // groups of 18, in two tiles
  checkChunks(prefill, decode, {2, 1, 96, 16}, 70, {1, 64, 69}, seed++);
  checkChunks(prefill, decode, {3, 1, 24, 16}, 40, {1, 39}, seed++);
  checkBatchIsAlone(prefill, {2, 1, 64, 16}, seed++);
  checkSpoiled(prefill, decode, {1, 1, 128, 32}, seed++);
  checkSpoiled(prefill, decode, {3, 1, 80, 16}, seed++);
}

// Steps have 128 tokens here and tiles 128 rows; chunks of 150 begin and end anywhere in both.
void checkWgmmaChunks(AttendShape shape, int context, unsigned seed) {
  AttendProblem problem(shape, {context, 9}, seed);
  std::string what = describe(Attend::WGMMA_PREFILL, shape) + ", chunks of 150";
  std::vector<float> whole = problem.run(Attend::WGMMA_PREFILL, {{0, 0, context}}, seed);
  for (int from = 0; from < context; from += 150) {
    int to = std::min(from + 150, context);
    std::vector<Part> parts = {{1, 2, 7}, {0, from, to}};
    std::vector<float> chunk = problem.run(Attend::WGMMA_PREFILL, parts, seed + from, from % 4 + 1);
    if (from == 450) problem.check(what, Attend::WGMMA_PREFILL, parts, chunk);
    for (int t = from; t < to; t++) requireSameRow(what, shape, chunk, 5 + t - from, whole, t);
  }
}

void checkWgmma() {
  unsigned seed = 1;
  auto prefill = Attend::WGMMA_PREFILL;
  auto decode = Attend::WGMMA_DECODE;
  for (AttendShape shape : {AttendShape{1, 1, 128, 16}, AttendShape{4, 2, 64, 48}, AttendShape{3, 3, 128, 128},
                            AttendShape{4, 1, 64, 32}}) {
    checkAgainstFloat64(prefill, shape, {61, 1, 130, 16, 260}, seed++);
  }
  checkChunks(prefill, decode, {2, 1, 128, 32}, 580, {0, 63, 127, 128, 511, 512, 579}, seed++);
  checkChunks(prefill, decode, {1, 1, 64, 16}, 1160, {255, 511, 512, 1023, 1024, 1152, 1159}, seed++);
  checkChunks(prefill, decode, {8, 1, 64, 128}, 75, {0, 17, 74}, seed++);
  checkChunks(prefill, decode, {16, 1, 128, 32}, 20, {3, 19}, seed++);
  checkChunks(prefill, decode, {40, 2, 64, 32}, 18, {0, 17}, seed++);
  checkChunks(prefill, decode, {70, 1, 64, 32}, 18, {0, 17}, seed++);  // a group in two tiles
  checkWgmmaChunks({1, 1, 128, 16}, 700, seed++);
  checkWgmmaChunks({2, 1, 64, 80}, 1100, seed++);
  checkBatchIsAlone(prefill, {8, 2, 64, 16}, seed++);
  checkBatchIsAlone(prefill, {2, 1, 128, 32}, seed++);
  checkSpoiled(prefill, decode, {2, 1, 128, 32}, seed++);
  checkSpoiled(prefill, decode, {4, 2, 64, 16}, seed++);
}

void checkPlain(Attend way) {
  unsigned seed = 1;
  for (AttendShape shape : {AttendShape{1, 1, 8, 16}, AttendShape{4, 2, 64, 32}, AttendShape{3, 1, 10, 48},
                            AttendShape{1, 1, 192, 16}}) {
    checkAgainstFloat64(way, shape, {30, 1, 70}, seed++);
  }
  checkChunks(way, way, {2, 1, 64, 32}, 70, {0, 63, 64}, seed++);
  checkChunks(way, way, {3, 1, 18, 16}, 40, {0, 39}, seed++);
  checkBatchIsAlone(way, {2, 1, 64, 16}, seed++);
  checkSpoiled(way, way, {2, 1, 64, 16}, seed++);
}

}  // namespace
}  // namespace checks

int main(int count, char** names) {
  using namespace checks;
  std::string only = count > 1 ? names[1] : "";
  if (only.empty() || only == "mma") checkMma();
  if (only.empty() || only == "wgmma") checkWgmma();
  if (only.empty() || only == "bf16") checkPlain(Attend::PLAIN_BF16);
  if (only.empty() || only == "f32") checkPlain(Attend::PLAIN_F32);
  return 0;
}

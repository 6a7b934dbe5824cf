// The products gemm_{mma,wgmma,f32}* with the epilogues store, add and swiglu against float64, on sizes that do not
// fit tiles, and bit by bit against each other: few rows against many, one row alone against the same row among others.
#include <cstdio>

#include "gemm_kernels.h"

namespace checks {
namespace {

constexpr int GUARD_ROWS = 3;

struct FloatOutput {
  explicit FloatOutput(const GemmShape& shape, float fill)
      : shape(shape), values(static_cast<size_t>(shape.rows + GUARD_ROWS) * shape.outputs, fill) {}

  float& at(int row, int output) { return values[static_cast<size_t>(row) * shape.outputs + output]; }

  GemmShape shape;
  std::vector<float> values;
};

std::string describe(Family family, const std::string& epilogue, const GemmShape& shape) {
  char text[160];
  std::snprintf(text, sizeof text, "%s rows %d outputs %d inputs %d", kernelName(family, epilogue).c_str(), shape.rows,
                shape.outputs, shape.inputs);
  return text;
}

GemmArguments argumentsOf(Family family, GemmProblem& problem, void* output) {
  return family == Family::F32 ? problem.plainArguments(output) : problem.tiledArguments(output);
}

FloatOutput runStore(Family family, GemmProblem& problem, unsigned seed, int multiprocessors = 3) {
  FloatOutput output(problem.shape, poison());
  launchGemm(family, "store", argumentsOf(family, problem, output.values.data()), seed, multiprocessors);
  return output;
}

void checkGuard(const std::string& what, FloatOutput& output, float fill) {
  for (int row = output.shape.rows; row < output.shape.rows + GUARD_ROWS; row++) {
    for (int n = 0; n < output.shape.outputs; n++) {
      require(bitsOf(output.at(row, n)) == bitsOf(fill), "%s: wrote row %d, output %d", what.c_str(), row, n);
    }
  }
}

void checkStoreAndAdd(Family family, GemmProblem& problem, unsigned seed) {
  FloatOutput stored = runStore(family, problem, seed);
  FloatOutput added(problem.shape, 3.25f);
  launchGemm(family, "add", argumentsOf(family, problem, added.values.data()), seed + 1);
  std::string what = describe(family, "store", problem.shape);
  for (int row = 0; row < problem.shape.rows; row++) {
    for (int n = 0; n < problem.shape.outputs; n++) {
      double magnitude;
      double expected = problem.sum(row, n, &magnitude);
      float actual = stored.at(row, n);
      require(std::abs(actual - expected) <= sumBound(magnitude), "%s: [%d, %d] is %g instead of %g", what.c_str(), row,
              n, actual, expected);
      require(bitsOf(added.at(row, n)) == bitsOf(3.25f + actual), "%s: add differs at [%d, %d]: %g + %g gave %g",
              what.c_str(), row, n, 3.25f, actual, added.at(row, n));
    }
  }
  checkGuard(what, stored, poison());
  checkGuard(describe(family, "add", problem.shape), added, 3.25f);
}

Tiled runSwiglu(Family family, GemmProblem& problem, unsigned seed) {
  Tiled output(problem.shape.rows, problem.shape.outputs / 2, POISON_BF16);
  launchGemm(family, "swiglu", problem.tiledArguments(output.data()), seed);
  return output;
}

// `sums` are those of the store epilogue, which are checked on their own.
void checkSwiglu(Family family, GemmProblem& problem, FloatOutput& sums, unsigned seed) {
  Tiled output = runSwiglu(family, problem, seed);
  std::string what = describe(family, "swiglu", problem.shape);
  int columns = problem.shape.outputs / 2;
  for (int row = 0; row < paddedTo(problem.shape.rows, TILE_ROWS); row++) {
    for (int i = 0; i < paddedTo(columns, TILE_COLUMNS); i++) {
      uint16_t actual = output.at(row, i);
      if (row >= problem.shape.rows) {
        require(actual == POISON_BF16, "%s: wrote row %d", what.c_str(), row);
      } else if (i >= columns) {
        require(actual == 0, "%s: padding [%d, %d] is %04x instead of zero", what.c_str(), row, i, actual);
      } else {
        double gate = sums.at(row, 2 * i);
        double expected = gate / (1 + std::exp(-gate)) * sums.at(row, 2 * i + 1);
        require(std::abs(fromBf16(actual) - expected) <= std::abs(expected) * 0x1.02p-8 + 1e-30,
                "%s: [%d, %d] is %g instead of %g", what.c_str(), row, i, fromBf16(actual), expected);
      }
    }
  }
}

void checkAgainstFloat64(Family family, GemmShape shape, bool bias, unsigned seed) {
  GemmProblem problem(shape, bias, seed);
  checkStoreAndAdd(family, problem, seed);
  if (family != Family::F32 && shape.outputs % 2 == 0) {
    FloatOutput sums = runStore(family, problem, 0);
    checkSwiglu(family, problem, sums, seed);
  }
}

void checkSameBits(Family one, Family other, GemmShape shape, unsigned seed) {
  GemmProblem problem(shape, true, seed);
  FloatOutput first = runStore(one, problem, seed);
  FloatOutput second = runStore(other, problem, seed + 1);
  Tiled firstUnits = runSwiglu(one, problem, seed);
  Tiled secondUnits = runSwiglu(other, problem, seed + 1);
  for (int row = 0; row < shape.rows; row++) {
    for (int n = 0; n < shape.outputs; n++) {
      require(bitsOf(first.at(row, n)) == bitsOf(second.at(row, n)) &&
                  firstUnits.at(row, n / 2) == secondUnits.at(row, n / 2),
              "%s and %s differ at [%d, %d]", describe(one, "*", shape).c_str(), kernelName(other, "*").c_str(), row,
              n);
    }
  }
}

// The sizes of tiles depend on the device, the bits do not. One multiprocessor goes many times around the ring.
void checkMultiprocessors(Family family, GemmShape shape, unsigned seed) {
  GemmProblem problem(shape, true, seed);
  FloatOutput alone = runStore(family, problem, seed, 1);
  FloatOutput many = runStore(family, problem, seed + 1, 40);
  std::string what = describe(family, "store", shape);
  for (int row = 0; row < shape.rows; row++) {
    for (int n = 0; n < shape.outputs; n++) {
      require(bitsOf(alone.at(row, n)) == bitsOf(many.at(row, n)),
              "%s: one multiprocessor gives %g at [%d, %d], many give %g", what.c_str(), alone.at(row, n), row, n,
              many.at(row, n));
    }
  }
  checkAgainstFloat64(family, shape, false, seed);
}

// A row among many, and alone through both kernels of the family.
void checkRowsAlone(Family many, Family few, GemmShape shape, unsigned seed) {
  GemmProblem problem(shape, false, seed);
  FloatOutput all = runStore(many, problem, seed);
  for (int row : {0, 1, 17, 64, 127, 128, shape.rows - 1}) {
    GemmProblem alone = problem.rowAlone(row);
    FloatOutput byMany = runStore(many, alone, seed + 1);
    FloatOutput byFew = runStore(few, alone, seed + 2);
    for (int n = 0; n < shape.outputs; n++) {
      require(bitsOf(all.at(row, n)) == bitsOf(byMany.at(0, n)) && bitsOf(all.at(row, n)) == bitsOf(byFew.at(0, n)),
              "%s: row %d alone differs at output %d", describe(many, "store", shape).c_str(), row, n);
    }
  }
}

void checkFamily(Family many, Family few) {
  unsigned seed = 1;
  for (int rows : {1, 7, 64, 65, 127, 129, 300}) {
    for (GemmShape shape : {GemmShape{rows, 200, 72}, GemmShape{rows, 7, 8}, GemmShape{rows, 384, 320}}) {
      checkAgainstFloat64(many, shape, seed % 2 == 0, seed);
      seed++;
    }
  }
  checkAgainstFloat64(many, {130, 640, 64}, true, seed++);
  checkAgainstFloat64(many, {3, 96, 640}, true, seed++);
  checkRowsAlone(many, few, {300, 200, 320}, seed++);
  if (few == many) {
    return;
  }
  for (int rows : {1, 7, 16, 17, 33, 64}) {
    for (GemmShape shape : {GemmShape{rows, 8, 72}, GemmShape{rows, 96, 8}, GemmShape{rows, 640, 320}}) {
      checkAgainstFloat64(few, shape, seed % 2 == 0, seed);
      checkSameBits(many, few, shape, seed);
      seed++;
    }
  }
  checkAgainstFloat64(few, {33, 129, 1000}, true, seed++);
}

}  // namespace
}  // namespace checks

int main(int count, char** names) {
  using namespace checks;
  std::string only = count > 1 ? names[1] : "";
  if (only.empty() || only == "f32") checkFamily(Family::F32, Family::F32);
  if (only.empty() || only == "mma") checkFamily(Family::MMA, Family::MMA_FEW);
  if (only.empty() || only == "wgmma") {
    checkFamily(Family::WGMMA, Family::WGMMA_FEW);
    checkMultiprocessors(Family::WGMMA, {140, 896, 72}, 1);
    checkMultiprocessors(Family::WGMMA, {150, 512, 1000}, 2);
    checkMultiprocessors(Family::WGMMA_FEW, {17, 320, 1000}, 3);
    checkMultiprocessors(Family::WGMMA_FEW, {40, 320, 1100}, 4);
  }
  return 0;
}

// rms_norm_{bf16,f32} against float64 on sizes around those that a block keeps in registers: values, padding, and rows
// that have nothing to do with their neighbours.
#include "gemm_problem.h"
#include "launch.h"

namespace checks {
namespace {

constexpr int THREADS = 256;
constexpr float EPSILON = 1e-5f;

class NormProblem {
 public:
  NormProblem(int rows, int columns, unsigned seed)
      : rows_(rows), columns_(columns), x_(static_cast<size_t>(rows) * columns), weight_(columns) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (float& value : weight_) value = normal(random);
    for (int row = 0; row < rows; row++) {
      // Rows of very different size.
      float size = std::ldexp(1.0f, 5 * (row % 3) - 5);
      for (int column = 0; column < columns; column++) x_[at(row, column)] = normal(random) * size;
    }
  }

  void check(unsigned seed) {
    std::vector<float> out(x_.size() + 8, poison());
    run("rms_norm_f32", x_.data(), out.data(), rows_, seed);
    Tiled tiled(rows_, columns_, POISON_BF16);
    run("rms_norm_bf16", x_.data(), tiled.data(), rows_, seed + 1);
    for (int row = 0; row < rows_; row++) {
      double squares = 0;
      for (int column = 0; column < columns_; column++) squares += std::pow(x_[at(row, column)], 2);
      double scale = 1 / std::sqrt(squares / columns_ + EPSILON);
      for (int column = 0; column < columns_; column++) {
        double expected = x_[at(row, column)] * scale * weight_[column];
        near("rms_norm_f32", row, column, out[at(row, column)], expected, 0x1p-20);
        near("rms_norm_bf16", row, column, fromBf16(tiled.at(row, column)), expected, 0x1.01p-8);
      }
      for (int column = columns_; column < paddedTo(columns_, TILE_COLUMNS); column++) {
        require(tiled.at(row, column) == 0, "rms_norm_bf16: %d columns, padding [%d, %d]", columns_, row, column);
      }
    }
    for (size_t i = x_.size(); i < out.size(); i++) require(std::isnan(out[i]), "rms_norm_f32: wrote past the end");
    std::vector<float> alone(columns_);
    run("rms_norm_f32", x_.data() + at(rows_ - 1, 0), alone.data(), 1, seed + 2);
    for (int column = 0; column < columns_; column++) {
      require(bitsOf(alone[column]) == bitsOf(out[at(rows_ - 1, column)]), "rms_norm_f32: a row alone differs");
    }
  }

 private:
  size_t at(int row, int column) const { return static_cast<size_t>(row) * columns_ + column; }

  void run(const char* name, const float* x, void* out, int rows, unsigned seed) const {
    launch(name, rows, THREADS, 0, RmsNormArguments{x, weight_.data(), out, rows, columns_, EPSILON}, seed);
  }

  void near(const char* name, int row, int column, float actual, double expected, double relative) const {
    require(std::abs(actual - expected) <= std::abs(expected) * relative + 1e-30,
            "%s, %d columns: [%d, %d] is %g instead of %g", name, columns_, row, column, actual, expected);
  }

  int rows_;
  int columns_;
  std::vector<float> x_;
  std::vector<float> weight_;
};

}  // namespace
}  // namespace checks

int main() {
  unsigned seed = 1;
  for (int columns : {8, 72, 100, 2048, 4096, 8200, 10000}) {
    checks::NormProblem(4, columns, seed).check(seed);
    seed += 3;
  }
  return 0;
}

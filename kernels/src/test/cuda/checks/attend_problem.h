// Sequences with known queries, keys and values in shuffled pages, for checks of the attend_* kernels: every slot and
// row that a kernel must not use is poisoned. Results in float64, with the bound that AttentionContract has.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "attend_mma.cuh"
#include "attend_plain.cuh"
#include "attend_wgmma_decode.cuh"
#include "attend_wgmma_prefill.cuh"
#include "gemm_problem.h"
#include "launch.h"

namespace checks {

struct AttendShape {
  int heads;
  int kvHeads;
  int headSize;
  int blockTokens;

  int queryColumns() const { return heads * headSize; }
  int kvColumns() const { return kvHeads * headSize; }
};

// Tokens [from, to) of a sequence.
struct Part {
  int sequence;
  int from;
  int to;
};

// Who computes a step; decode kernels take the parts of one token.
enum class Attend { MMA_PREFILL, MMA_DECODE, WGMMA_PREFILL, WGMMA_DECODE, PLAIN_BF16, PLAIN_F32 };

inline const char* nameOf(Attend way) {
  const char* names[] = {"attend_mma_prefill",  "attend_mma_decode", "attend_wgmma_prefill",
                         "attend_wgmma_decode", "attend_plain_bf16", "attend_plain_f32"};
  return names[static_cast<int>(way)];
}

class AttendProblem {
 public:
  // Sequence s has the same content in all problems of the same shape.
  AttendProblem(AttendShape shape, const std::vector<int>& contexts, unsigned seed, float size = 2.0f)
      : shape(shape), contexts_(contexts) {
    int blocks = 1;
    for (int context : contexts) blocks += paddedTo(context, shape.blockTokens) / shape.blockTokens;
    std::vector<int> free(blocks - 1);
    std::iota(free.begin(), free.end(), 1);  // block 0 stays out, so that a wrong table entry shows
    std::shuffle(free.begin(), free.end(), std::mt19937(seed));
    longestTable_ = 1;
    for (size_t s = 0; s < contexts.size(); s++) {
      int count = paddedTo(contexts[s], shape.blockTokens) / shape.blockTokens;
      tables_.emplace_back(free.end() - count, free.end());
      free.resize(free.size() - count);
      longestTable_ = std::max(longestTable_, count);
      std::mt19937 random(static_cast<unsigned>(100 + s));
      std::uniform_real_distribution<float> uniform(-size, size);
      auto fill = [&](std::vector<std::vector<float>>& to, int columns) {
        to.emplace_back(static_cast<size_t>(contexts[s]) * columns);
        for (float& value : to.back()) value = fromBf16(toBf16(uniform(random)));
      };
      fill(queries_, shape.queryColumns());
      fill(keys_, shape.kvColumns());
      fill(values_, shape.kvColumns());
    }
    size_t elements = static_cast<size_t>(blocks) * shape.blockTokens * shape.kvColumns();
    for (int i = 0; i < 2; i++) {
      bf16Pages_[i].assign(elements, POISON_BF16);
      floatPages_[i].assign(elements, poison());
    }
    for (size_t s = 0; s < contexts.size(); s++) writePages(static_cast<int>(s), 0);
  }

  std::vector<Part> whole() const {
    std::vector<Part> parts;
    for (size_t s = 0; s < contexts_.size(); s++) parts.push_back({static_cast<int>(s), 0, contexts_[s]});
    return parts;
  }

  // Overwrites the values, and the keys if there is one for them, of one sequence's tokens from `from` on.
  void spoil(int sequence, int from, float value, bool keysToo) {
    auto overwrite = [&](std::vector<float>& rows) {
      std::fill(rows.begin() + static_cast<size_t>(from) * shape.kvColumns(), rows.end(), value);
    };
    overwrite(values_[sequence]);
    if (keysToo) overwrite(keys_[sequence]);
    writePages(sequence, from);
  }

  // The rows of all parts, one after the other.
  std::vector<float> run(Attend way, const std::vector<Part>& parts, unsigned seed, int grid = 5);

  // Checks rows of `parts` against float64.
  void check(const std::string& what, Attend way, const std::vector<Part>& parts, const std::vector<float>& rows) const;

  AttendShape shape;

 private:
  void writePages(int sequence, int from);
  void expect(const Part& part, int position, int head, std::vector<double>& values, std::vector<double>& squares,
              double& largest) const;

  std::vector<int> contexts_;
  std::vector<std::vector<int>> tables_;
  int longestTable_;
  std::vector<std::vector<float>> queries_;  // of each sequence [position, queryColumns]
  std::vector<std::vector<float>> keys_;     // [position, kvColumns]
  std::vector<std::vector<float>> values_;
  std::vector<uint16_t> bf16Pages_[2];
  std::vector<float> floatPages_[2];
};

// A step of some parts as the device sees it; tokens, positions, tables and so on.
struct AttendStep {
  std::vector<int> positions, sequences, queryStarts{0}, tables, tiles, decoded;
  BatchView view = {};

  AttendStep(const std::vector<Part>& parts, const std::vector<std::vector<int>>& sequenceTables, int longestTable,
             bool decodes) {
    for (size_t s = 0; s < parts.size(); s++) {
      int first = queryStarts.back();
      for (int position = parts[s].from; position < parts[s].to; position++) {
        positions.push_back(position);
        sequences.push_back(static_cast<int>(s));
      }
      queryStarts.push_back(static_cast<int>(positions.size()));
      std::vector<int> table = sequenceTables[parts[s].sequence];
      table.resize(longestTable, 1 << 28);  // no block, so that reading past a table's end shows
      tables.insert(tables.end(), table.begin(), table.end());
      if (decodes) {
        require(parts[s].to == parts[s].from + 1, "only single tokens are decoded");
        decoded.insert(decoded.begin(), static_cast<int>(s));
      } else {
        for (int token = first; token < queryStarts.back(); token += ATTEND_TILE_TOKENS) {
          tiles.insert(tiles.begin(), {static_cast<int>(s), token});
        }
      }
    }
    view.tokenCount = static_cast<int>(positions.size());
    view.sequenceCount = static_cast<int>(parts.size());
    view.maxBlocksPerSequence = longestTable;
    view.prefillTileCount = static_cast<int>(tiles.size()) / 2;
    view.decodeCount = static_cast<int>(decoded.size());
    view.positions = positions.data();
    view.sequences = sequences.data();
    view.queryStarts = queryStarts.data();
    view.blockTables = tables.data();
    view.prefillTiles = tiles.data();
    view.decodeSequences = decoded.data();
  }

  AttendStep(const AttendStep&) = delete;
};

inline void AttendProblem::writePages(int sequence, int from) {
  for (int position = from; position < contexts_[sequence]; position++) {
    int block = tables_[sequence][position / shape.blockTokens];
    int slot = block * shape.blockTokens + position % shape.blockTokens;
    for (int column = 0; column < shape.kvColumns(); column++) {
      int head = column / shape.headSize;
      int element = column % shape.headSize;
      size_t inRows = static_cast<size_t>(position) * shape.kvColumns() + column;
      size_t inBf16 = pageIndexBf16(slot, head, element, shape.blockTokens, shape.kvHeads, shape.headSize);
      size_t inFloat = pageIndexF32(slot, head, element, shape.blockTokens, shape.kvHeads, shape.headSize);
      for (int i = 0; i < 2; i++) {
        float value = (i == 0 ? keys_ : values_)[sequence][inRows];
        bf16Pages_[i][inBf16] = toBf16(value);
        floatPages_[i][inFloat] = value;
      }
    }
  }
}

inline std::vector<float> AttendProblem::run(Attend way, const std::vector<Part>& parts, unsigned seed, int grid) {
  bool isFloat = way == Attend::PLAIN_F32;
  AttendStep step(parts, tables_, longestTable_, way == Attend::MMA_DECODE || way == Attend::WGMMA_DECODE);
  int tokens = step.view.tokenCount;
  int columns = shape.queryColumns();
  constexpr int EXTRA_ROWS = 2;  // of the launch, beyond those of the step
  Tiled tiledQueries(tokens, columns, POISON_BF16);
  Tiled tiledOut(tokens + EXTRA_ROWS, columns, POISON_BF16);
  std::vector<float> floatQueries(static_cast<size_t>(tokens) * columns);
  std::vector<float> floatOut(static_cast<size_t>(tokens + EXTRA_ROWS) * columns, poison());
  int row = 0;
  for (const Part& part : parts) {
    for (int position = part.from; position < part.to; position++, row++) {
      for (int column = 0; column < columns; column++) {
        float value = queries_[part.sequence][static_cast<size_t>(position) * columns + column];
        tiledQueries.at(row, column) = toBf16(value);
        floatQueries[static_cast<size_t>(row) * columns + column] = value;
      }
    }
  }
  AttendArguments arguments = {};
  arguments.queries = isFloat ? static_cast<void*>(floatQueries.data()) : tiledQueries.data();
  arguments.out = isFloat ? static_cast<void*>(floatOut.data()) : tiledOut.data();
  arguments.keys = isFloat ? static_cast<void*>(floatPages_[0].data()) : bf16Pages_[0].data();
  arguments.values = isFloat ? static_cast<void*>(floatPages_[1].data()) : bf16Pages_[1].data();
  arguments.batch = &step.view;
  arguments.heads = shape.heads;
  arguments.kvHeads = shape.kvHeads;
  arguments.headSize = shape.headSize;
  arguments.blockTokens = shape.blockTokens;
  arguments.splits = attendSplits(*std::max_element(contexts_.begin(), contexts_.end()) - 1);
  arguments.scaleLog2 = static_cast<float>(1.4426950408889634 / std::sqrt(shape.headSize));
  std::vector<float> partials(
      static_cast<size_t>(step.view.decodeCount) * arguments.splits * shape.heads * (shape.headSize + 2), poison());
  arguments.partials = partials.data();

  int paddedHead = shape.headSize <= 64 ? 64 : 128;
  std::string suffix = (hasSlabs(shape.headSize) ? "_" : "_padded_") + std::to_string(paddedHead);
  if (way == Attend::MMA_PREFILL) {
    launch("attend_mma_prefill" + suffix, (step.view.prefillTileCount + 1) * shape.heads, ATTEND_MMA_PREFILL_THREADS,
           attendMmaPrefillSharedBytes(paddedHead), arguments, seed);
  } else if (way == Attend::MMA_DECODE) {
    launch("attend_mma_decode" + suffix, grid, ATTEND_MMA_DECODE_THREADS, attendMmaDecodeSharedBytes(paddedHead),
           arguments, seed);
    launch("attend_combine", (step.view.decodeCount + 1) * shape.heads, 64, 0, arguments, seed);
  } else if (way == Attend::WGMMA_PREFILL) {
    int sharedBytes =
        shape.headSize == 64 ? ATTEND_WGMMA_PREFILL_SHARED_BYTES<64> : ATTEND_WGMMA_PREFILL_SHARED_BYTES<128>;
    launch(nameOf(way) + suffix, grid, ATTEND_WGMMA_PREFILL_THREADS, sharedBytes, arguments, seed);
  } else if (way == Attend::WGMMA_DECODE) {
    int sharedBytes =
        shape.headSize == 64 ? ATTEND_WGMMA_DECODE_SHARED_BYTES<64> : ATTEND_WGMMA_DECODE_SHARED_BYTES<128>;
    launch(nameOf(way) + suffix, grid, ATTEND_WGMMA_DECODE_THREADS, sharedBytes, arguments, seed);
    launch("attend_combine", (step.view.decodeCount + 1) * shape.heads, 64, 0, arguments, seed);
  } else {
    launch(nameOf(way), (tokens + EXTRA_ROWS) * shape.heads, ATTEND_PLAIN_THREADS,
           attendPlainSharedBytes(shape.headSize), arguments, seed);
  }

  std::vector<float> rows(static_cast<size_t>(tokens) * columns);
  for (int t = 0; t < tokens + EXTRA_ROWS; t++) {
    for (int column = 0; column < paddedTo(columns, TILE_COLUMNS); column++) {
      if (t < tokens && column < columns) {
        size_t at = static_cast<size_t>(t) * columns + column;
        rows[at] = isFloat ? floatOut[at] : fromBf16(tiledOut.at(t, column));
      } else if (!isFloat) {
        uint16_t expected = t < tokens ? 0 : POISON_BF16;
        require(tiledOut.at(t, column) == expected, "%s: [%d, %d] outside the result is %04x instead of %04x",
                nameOf(way), t, column, tiledOut.at(t, column), expected);
      } else if (column < columns) {
        require(std::isnan(floatOut[static_cast<size_t>(t) * columns + column]), "%s: wrote row %d", nameOf(way), t);
      }
    }
  }
  return rows;
}

// Sums, sums of squared terms, and the largest value, of one query head.
inline void AttendProblem::expect(const Part& part, int position, int head, std::vector<double>& values,
                                  std::vector<double>& squares, double& largest) const {
  const float* query = queries_[part.sequence].data() + static_cast<size_t>(position) * shape.queryColumns() +
                       head * shape.headSize;
  size_t inRow = static_cast<size_t>(head / (shape.heads / shape.kvHeads)) * shape.headSize;
  std::vector<double> weights(position + 1);
  for (int j = 0; j <= position; j++) {
    const float* key = keys_[part.sequence].data() + static_cast<size_t>(j) * shape.kvColumns() + inRow;
    for (int e = 0; e < shape.headSize; e++) weights[j] += static_cast<double>(query[e]) * key[e];
    weights[j] /= std::sqrt(shape.headSize);
  }
  double maximum = *std::max_element(weights.begin(), weights.end());
  double total = 0;
  for (double& weight : weights) total += weight = std::exp(weight - maximum);
  values.assign(shape.headSize, 0);
  squares.assign(shape.headSize, 0);
  largest = 0;
  for (int j = 0; j <= position; j++) {
    const float* value = values_[part.sequence].data() + static_cast<size_t>(j) * shape.kvColumns() + inRow;
    for (int e = 0; e < shape.headSize; e++) {
      double term = weights[j] / total * value[e];
      values[e] += term;
      squares[e] += term * term;
      largest = std::max(largest, static_cast<double>(std::abs(value[e])));
    }
  }
}

inline void AttendProblem::check(const std::string& what, Attend way, const std::vector<Part>& parts,
                                 const std::vector<float>& rows) const {
  size_t at = 0;
  std::vector<double> values;
  std::vector<double> squares;
  for (const Part& part : parts) {
    for (int position = part.from; position < part.to; position++) {
      for (int head = 0; head < shape.heads; head++) {
        double largest = 0;
        expect(part, position, head, values, squares, largest);
        for (int e = 0; e < shape.headSize; e++, at++) {
          double bound = 1e-5 * largest;
          if (way != Attend::PLAIN_F32) bound += std::abs(values[e]) * 0x1.01p-8;
          if (way != Attend::PLAIN_BF16 && way != Attend::PLAIN_F32) bound += 4 * 0x1p-8 * std::sqrt(squares[e]);
          require(std::abs(rows[at] - values[e]) <= bound,
                  "%s: sequence %d, position %d, head %d, element %d is %g instead of %g", what.c_str(), part.sequence,
                  position, head, e, rows[at], values[e]);
        }
      }
    }
  }
}

}  // namespace checks

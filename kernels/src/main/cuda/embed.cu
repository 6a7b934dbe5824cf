// x[t, :] = table[tokenIds[t], :]
//
//   table   [vocabulary, columns]: tiled and permuted bf16 (the head of models that tie both), or f32
//   x       f32 [rows, columns]; rows at or past batch->tokenCount are left alone
//
//   embed_{bf16,f32}
//     grid      rows
//     threads   ROW_THREADS (128)
//     shared    none
//
// Token ids lie in the table. CPU reference: ScalarOps.embed.
#include "rows.cuh"

namespace {

template <class Load>
DEVICE void embed(const EmbedArguments& arguments, Load load) {
  int row = blockIdx.x;
  if (row >= arguments.batch->tokenCount) {
    return;
  }
  int token = arguments.batch->tokenIds[row];
  float* x = arguments.x + static_cast<size_t>(row) * arguments.columns;
  for (int column = threadIdx.x * 8; column < arguments.columns; column += ROW_THREADS * 8) {
    storeEight(x, column, arguments.columns, load(token, column));
  }
}

}  // namespace

KERNEL(ROW_THREADS, embed_bf16, EmbedArguments) {
  int across = tilesAcross(arguments.columns);
  embed(arguments, [&](int token, int column) {
    return loadChunk(arguments.table, placeOfRow(token), column, across);
  });
}

KERNEL(ROW_THREADS, embed_f32, EmbedArguments) {
  embed(arguments, [&](int token, int column) {
    const float* row = static_cast<const float*>(arguments.table) + static_cast<size_t>(token) * arguments.columns;
    return loadEight(row, column, arguments.columns);
  });
}

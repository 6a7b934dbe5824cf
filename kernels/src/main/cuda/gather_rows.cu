// out[i, :] = x[logitRows[i], :]
//
//   x     f32 [tokens, columns]
//   out   f32 [rows, columns]; rows at or past batch->logitCount are left alone
//
//   gather_rows
//     grid      rows
//     threads   ROW_THREADS (128)
//     shared    none
//
// CPU reference: ScalarOps.gatherRows.
#include "rows.cuh"

KERNEL(ROW_THREADS, gather_rows, GatherRowsArguments) {
  int row = blockIdx.x;
  if (row >= arguments.batch->logitCount) {
    return;
  }
  const float* from = arguments.x + static_cast<size_t>(arguments.batch->logitRows[row]) * arguments.columns;
  float* to = arguments.out + static_cast<size_t>(row) * arguments.columns;
  for (int column = threadIdx.x * 8; column < arguments.columns; column += ROW_THREADS * 8) {
    storeEight(to, column, arguments.columns, loadEight(from, column, arguments.columns));
  }
}

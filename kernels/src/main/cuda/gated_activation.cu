// out[t, i] = silu(sums[t, 2 i]) * sums[t, 2 i + 1]
//
//   sums   f32 [rows, 2 columns]
//   out    f32 [rows, columns]
//
//   gated_activation_f32
//     grid      ceil(rows columns / (4 ACTIVATION_THREADS))
//     threads   ACTIVATION_THREADS (256)
//     shared    none
//
// Rows follow one another without gaps, so that they count as one; a thread makes four consecutive units. CPU
// reference: ScalarOps.gatedFfn.
#include "epilogues.cuh"

namespace {

constexpr int ACTIVATION_THREADS = 256;

}  // namespace

KERNEL(ACTIVATION_THREADS, gated_activation_f32, GatedActivationArguments) {
  size_t count = static_cast<size_t>(arguments.rows) * arguments.columns;
  size_t first = (static_cast<size_t>(blockIdx.x) * ACTIVATION_THREADS + threadIdx.x) * 4;
  float* out = static_cast<float*>(arguments.out);
  if (first + 4 <= count) {
    FourFloats low = *reinterpret_cast<const FourFloats*>(arguments.sums + 2 * first);
    FourFloats high = *reinterpret_cast<const FourFloats*>(arguments.sums + 2 * first + 4);
    *reinterpret_cast<FourFloats*>(out + first) = {
        gatedUnit(low.values[0], low.values[1]), gatedUnit(low.values[2], low.values[3]),
        gatedUnit(high.values[0], high.values[1]), gatedUnit(high.values[2], high.values[3])};
    return;
  }
  for (size_t i = first; i < count; i++) {
    out[i] = gatedUnit(arguments.sums[2 * i], arguments.sums[2 * i + 1]);
  }
}

// Which instruction set the kernels use, decided once per process.
#pragma once

#include <cstdint>

namespace swiftkv {

// Ordered: each set includes the ones before it. NONE means that the native kernels cannot run here.
enum class Isa : int32_t { NONE = 0, AVX2 = 1, AVX512 = 2, AVX512_BF16 = 3, AMX_BF16 = 4 };

// The best set of this CPU and operating system.
Isa hardwareIsa();

// The set in use: hardwareIsa(), lowered by the environment variable SWIFTKV_CPU_ISA (avx2, avx512, avx512bf16, amx)
// or by limitIsa(), never raised above the hardware.
Isa activeIsa();

// Lowers the set in use, for tests that compare paths in one process; Isa::AMX_BF16 lifts the limit again.
void limitIsa(Isa highest);

// The set's name as SWIFTKV_CPU_ISA spells it.
const char* isaName(Isa isa);

}  // namespace swiftkv

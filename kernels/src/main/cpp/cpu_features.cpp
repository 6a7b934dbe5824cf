// CPU detection. The compiler's built-in checks already ask the operating system (XGETBV) whether it saves the wide
// registers; AMX needs in addition that the process asks the kernel for the tile state.
#include "cpu_features.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace swiftkv {
namespace {

constexpr const char* NAMES[] = {"none", "avx2", "avx512", "avx512bf16", "amx"};

bool amxBf16() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
    return false;
  }
  constexpr unsigned AMX_BF16_BIT = 1u << 22;
  constexpr unsigned AMX_TILE_BIT = 1u << 24;
  if ((d & AMX_BF16_BIT) == 0 || (d & AMX_TILE_BIT) == 0) {
    return false;
  }
  constexpr long REQUEST_PERMISSION = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long TILE_DATA = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

Isa detect() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return Isa::NONE;
  }
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return Isa::AVX2;
  }
  if (!__builtin_cpu_supports("avx512bf16")) {
    return Isa::AVX512;
  }
  return amxBf16() ? Isa::AMX_BF16 : Isa::AVX512_BF16;
}

Isa environmentLimit() {
  const char* name = std::getenv("SWIFTKV_CPU_ISA");
  if (name != nullptr) {
    for (int32_t i = 1; i <= static_cast<int32_t>(Isa::AMX_BF16); i++) {
      if (std::strcmp(name, NAMES[i]) == 0) {
        return static_cast<Isa>(i);
      }
    }
  }
  return Isa::AMX_BF16;
}

std::atomic<Isa>& limit() {
  static std::atomic<Isa> value{environmentLimit()};
  return value;
}

}  // namespace

Isa hardwareIsa() {
  static const Isa isa = detect();
  return isa;
}

Isa activeIsa() {
  Isa hardware = hardwareIsa();
  Isa highest = limit().load(std::memory_order_relaxed);
  return hardware < highest ? hardware : highest;
}

void limitIsa(Isa highest) { limit().store(highest, std::memory_order_relaxed); }

const char* isaName(Isa isa) { return NAMES[static_cast<int32_t>(isa)]; }

}  // namespace swiftkv

// A kernel for the driver's own tests: values[i] = values[i] * factor + blocks * threads, one element a thread.
#include "kernels.h"

namespace {

struct ScaleArguments {
  float* values;
  int32_t count;
  float factor;
};

void scale(const driver::Kernel&, const driver::Geometry& geometry, const driver::Emulation& emulation,
           const void* arguments) {
  const auto& scale = *static_cast<const ScaleArguments*>(arguments);
  auto launched = static_cast<int32_t>(geometry.grid[0] * geometry.block[0]);
  emulation.guard([&] {
    for (int32_t i = 0; i < launched && i < scale.count; i++) {
      scale.values[i] = scale.values[i] * scale.factor + static_cast<float>(launched);
    }
  });
}

const bool REGISTERED = [] {
  driver::addKernel({"driver_check_scale", 128, sizeof(ScaleArguments), scale});
  return true;
}();

}  // namespace

// How a check launches an emulated kernel, and how it fails.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernels.h"

namespace checks {

// Ends the check with a message unless `holds`.
__attribute__((format(printf, 2, 3))) inline void require(bool holds, const char* format, ...) {
  if (holds) {
    return;
  }
  va_list values;
  va_start(values, format);
  std::vfprintf(stderr, format, values);
  va_end(values);
  std::fputc('\n', stderr);
  std::exit(1);
}

// Runs a kernel by name on a line of `grid` blocks. `seed` decides what a device leaves open, such as the order of
// threads and when copies land.
template <class Arguments>
void launch(const std::string& name, int grid, int threads, int sharedBytes, const Arguments& arguments,
            unsigned seed) {
  const driver::Kernel* kernel = driver::findKernel(name);
  require(kernel != nullptr, "there is no kernel %s", name.c_str());
  require(kernel->threads == threads, "%s has %d threads, not %d", name.c_str(), kernel->threads, threads);
  require(kernel->argumentBytes == sizeof arguments, "%s takes %zu bytes, not %zu", name.c_str(),
          kernel->argumentBytes, sizeof arguments);
  driver::Geometry geometry = {{static_cast<unsigned>(grid), 1, 1}, {static_cast<unsigned>(threads), 1, 1},
                               static_cast<unsigned>(sharedBytes)};
  kernel->run(*kernel, geometry, {seed, 1}, &arguments);
}

}  // namespace checks

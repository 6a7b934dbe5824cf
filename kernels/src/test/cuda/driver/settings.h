// What the emulated machine is: set by the environment variable SWIFTKV_EMULATED_GPU, read at cuInit, and over that by
// a test through JNI.
//
// Either text is words `name=value`, separated by blanks:
//   devices=1 capability=9.0 memory=1073741824 multiprocessors=4 driver=12000 seed=0 threads=1 order=late
// `order` is when streams run what they were given: `late` (not before something waits for it), `early` (at once), or
// `shuffled` (now and then, by the seed).
#pragma once

#include <cstdint>
#include <string>

namespace driver {

enum class Order { LATE, EARLY, SHUFFLED };

struct Settings {
  int devices = 1;
  int major = 9;
  int minor = 0;
  uint64_t memoryBytes = uint64_t{1} << 30;
  int multiprocessors = 4;
  int driverVersion = 12000;
  uint64_t seed = 0;
  int threads = 1;
  Order order = Order::LATE;

  int capability() const { return 10 * major + minor; }
};

// The settings that the environment and then `words` ask for.
// Throws std::invalid_argument that names the word which is not understood.
Settings readSettings(const std::string& words);

}  // namespace driver

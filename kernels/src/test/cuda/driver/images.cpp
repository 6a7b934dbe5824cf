#include "images.h"

#include <cstdlib>
#include <cstring>
#include <regex>

#include "call.h"
#include "state.h"

namespace driver {
namespace {

// Of the container that nvcc and fatbinary write: a header, then entries, each a header and a payload.
constexpr uint32_t FATBIN_MAGIC = 0xBA55ED50;
constexpr uint16_t ENTRY_PTX = 1;
constexpr uint16_t ENTRY_ELF = 2;
constexpr uint64_t FLAG_ONE_ARCHITECTURE = 1 << 20;  // sm_90a and the like

struct FatbinHeader {
  uint32_t magic;
  uint16_t version;
  uint16_t headerBytes;
  uint64_t bytes;
};

struct FatbinEntry {
  uint16_t kind;
  uint16_t version;
  uint32_t headerBytes;
  uint64_t payloadBytes;
  uint32_t compressedBytes;
  uint32_t optionsOffset;
  uint16_t minor;
  uint16_t major;
  uint32_t architecture;
  uint32_t nameOffset;
  uint32_t nameBytes;
  uint64_t flags;
};

template <typename T>
T read(const char* at) {
  T value;
  memcpy(&value, at, sizeof(value));
  return value;
}

// Compiled code runs on its own architecture and on later ones of the same generation.
bool codeFits(int architecture, int capability) {
  return architecture / 10 == capability / 10 && architecture <= capability;
}

void checkFatbin(const char* image, int capability) {
  auto header = read<FatbinHeader>(image);
  const char* at = image + header.headerBytes;
  const char* end = at + header.bytes;
  while (at + sizeof(FatbinEntry) <= end) {
    auto entry = read<FatbinEntry>(at);
    int architecture = static_cast<int>(entry.architecture);
    bool fits = (entry.flags & FLAG_ONE_ARCHITECTURE) != 0 ? architecture == capability
                : entry.kind == ENTRY_ELF                  ? codeFits(architecture, capability)
                                                           : entry.kind == ENTRY_PTX && architecture <= capability;
    if (fits) return;
    check(entry.headerBytes > 0, CUDA_ERROR_INVALID_IMAGE);
    at += entry.headerBytes + entry.payloadBytes;
  }
  throw Failure{CUDA_ERROR_NO_BINARY_FOR_GPU};
}

// The PTX version that came with a driver: CUDA 12.0 brought 8.0, each minor version a step, CUDA 13.0 brought 9.0.
int ptxVersionOf(int driverVersion) { return (driverVersion / 1000 - 4) * 10 + driverVersion % 1000 / 10; }

void checkPtx(const std::string& text, const Settings& settings) {
  static const std::regex VERSION(R"(\.version\s+(\d+)\.(\d+))");
  static const std::regex TARGET(R"(\.target\s+sm_(\d+)([af]?))");
  std::string head = text.substr(0, 4096);
  std::smatch match;
  check(std::regex_search(head, match, VERSION), CUDA_ERROR_INVALID_IMAGE);
  int version = 10 * std::stoi(match[1]) + std::stoi(match[2]);
  check(version <= ptxVersionOf(settings.driverVersion), CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
  check(std::regex_search(head, match, TARGET), CUDA_ERROR_INVALID_PTX);
  int target = std::stoi(match[1]);
  bool exactly = match[2].length() > 0;  // sm_90a and the like
  check(exactly ? target == settings.capability() : target <= settings.capability(), CUDA_ERROR_INVALID_PTX);
}

}  // namespace

std::string checkImage(const void* image, const Settings& settings) {
  check(image != nullptr);
  auto bytes = static_cast<const char*>(image);
  if (read<uint32_t>(bytes) == FATBIN_MAGIC) {
    checkFatbin(bytes, settings.capability());
    return "";
  }
  if (memcmp(bytes, "\x7f" "ELF", 4) == 0) {
    constexpr int MACHINE_OFFSET = 18;
    constexpr uint16_t MACHINE_CUDA = 190;
    check(read<uint16_t>(bytes + MACHINE_OFFSET) == MACHINE_CUDA, CUDA_ERROR_INVALID_IMAGE);
    return "";
  }
  std::string text(bytes);  // PTX ends with a zero byte
  checkPtx(text, settings);
  return text;
}

bool hasEntry(const std::string& ptx, const std::string& name) {
  for (size_t at = ptx.find(".entry"); at != std::string::npos; at = ptx.find(".entry", at + 1)) {
    size_t start = ptx.find_first_not_of(" \t\r\n", at + 6);
    size_t end = ptx.find_first_of(" \t\r\n(", start);
    if (start != std::string::npos && ptx.compare(start, end - start, name) == 0) return true;
  }
  return false;
}

}  // namespace driver

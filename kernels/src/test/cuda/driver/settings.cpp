#include "settings.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace driver {
namespace {

uint64_t number(const std::string& word, const std::string& value) {
  try {
    size_t used = 0;
    uint64_t parsed = std::stoull(value, &used);
    if (used == value.size()) return parsed;
  } catch (const std::logic_error&) {
  }
  throw std::invalid_argument("emulated GPU: '" + word + "' needs a number");
}

void applyCapability(Settings& settings, const std::string& word, const std::string& value) {
  size_t dot = value.find('.');
  if (dot == std::string::npos) throw std::invalid_argument("emulated GPU: '" + word + "' needs a value like 8.0");
  settings.major = static_cast<int>(number(word, value.substr(0, dot)));
  settings.minor = static_cast<int>(number(word, value.substr(dot + 1)));
}

void applyOrder(Settings& settings, const std::string& word, const std::string& value) {
  if (value == "late") {
    settings.order = Order::LATE;
  } else if (value == "early") {
    settings.order = Order::EARLY;
  } else if (value == "shuffled") {
    settings.order = Order::SHUFFLED;
  } else {
    throw std::invalid_argument("emulated GPU: '" + word + "': an order is late, early or shuffled");
  }
}

void applyWord(Settings& settings, const std::string& word) {
  size_t equals = word.find('=');
  std::string name = word.substr(0, equals);
  std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (name == "devices") {
    settings.devices = static_cast<int>(number(word, value));
  } else if (name == "capability") {
    applyCapability(settings, word, value);
  } else if (name == "memory") {
    settings.memoryBytes = number(word, value);
  } else if (name == "multiprocessors") {
    settings.multiprocessors = static_cast<int>(number(word, value));
  } else if (name == "driver") {
    settings.driverVersion = static_cast<int>(number(word, value));
  } else if (name == "seed") {
    settings.seed = number(word, value);
  } else if (name == "threads") {
    settings.threads = static_cast<int>(number(word, value));
  } else if (name == "order") {
    applyOrder(settings, word, value);
  } else {
    throw std::invalid_argument("emulated GPU: unknown word '" + word + "'");
  }
}

void applyWords(Settings& settings, const std::string& text) {
  std::istringstream words(text);
  std::string word;
  while (words >> word) applyWord(settings, word);
}

}  // namespace

Settings readSettings(const std::string& words) {
  Settings settings;
  const char* environment = getenv("SWIFTKV_EMULATED_GPU");
  if (environment != nullptr) applyWords(settings, environment);
  applyWords(settings, words);
  return settings;
}

}  // namespace driver

#include "kernels.h"

#include <map>

namespace driver {
namespace {

std::map<std::string, Kernel>& registry() {
  static auto* one = new std::map<std::string, Kernel>();
  return *one;
}

}  // namespace

const Kernel* findKernel(const std::string& name) {
  auto found = registry().find(name);
  return found == registry().end() ? nullptr : &found->second;
}

std::vector<const Kernel*> allKernels() {
  std::vector<const Kernel*> all;
  for (const auto& [name, kernel] : registry()) all.push_back(&kernel);
  return all;
}

void addKernel(const Kernel& kernel) { registry()[kernel.name] = kernel; }

}  // namespace driver

#include "call.h"

#include <cstdio>
#include <map>
#include <new>
#include <vector>

#include "state.h"

namespace driver {
namespace {

struct Injection {
  int remaining;
  CUresult result;
  bool sticky;
};

std::map<std::string, std::vector<Injection>> injections;
std::map<std::string, uint64_t> counters;
thread_local std::unique_lock<std::mutex>* held = nullptr;
thread_local bool inHostFunction = false;

// What the driver can be asked before cuInit.
bool worksUninitialised(const std::string& name) {
  return name == "cuInit" || name == "cuDriverGetVersion" || name == "cuGetErrorName" || name == "cuGetErrorString";
}

CUresult injected(const char* name) {
  Injected wanted = countAndInject(name);
  if (wanted.result != CUDA_SUCCESS && wanted.sticky && !contextStack().empty()) {
    contextStack().back()->stickyError = wanted.result;
  }
  return wanted.result;
}

}  // namespace

CUresult call(const char* name, const std::function<void()>& body) {
  if (inHostFunction) {
    complain(std::string(name) + " was called by a host function; host functions must not call the driver");
    return CUDA_ERROR_NOT_PERMITTED;
  }
  LockedCall locked;
  try {
    CUresult wanted = injected(name);
    if (wanted != CUDA_SUCCESS) return wanted;
    if (!worksUninitialised(name)) check(state().initialised, CUDA_ERROR_NOT_INITIALIZED);
    body();
    return CUDA_SUCCESS;
  } catch (const Failure& failure) {
    return failure.result;
  } catch (const std::bad_alloc&) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    complain(std::string(name) + ": " + error.what());
    return CUDA_ERROR_UNKNOWN;
  }
}

LockedCall::LockedCall() : lock(stateMutex()) { held = &lock; }

LockedCall::~LockedCall() { held = nullptr; }

std::unique_lock<std::mutex>& heldLock() { return *held; }

void failCall(const std::string& name, int nth, CUresult result, bool sticky) {
  injections[name].push_back({nth, result, sticky});
}

Injected countAndInject(const std::string& name) {
  counters[name]++;
  auto planned = injections.find(name);
  if (planned == injections.end()) return {CUDA_SUCCESS, false};
  std::vector<Injection>& list = planned->second;
  Injected wanted{CUDA_SUCCESS, false};
  for (size_t i = 0; i < list.size();) {
    if (--list[i].remaining > 0) {
      i++;
      continue;
    }
    wanted = {list[i].result, list[i].sticky};
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return wanted;
}

uint64_t callCount(const std::string& name) {
  auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

void clearCounters() {
  counters.clear();
  injections.clear();
}

void enterHostFunction() { inHostFunction = true; }

void check(bool condition, CUresult result) {
  if (!condition) throw Failure{result};
}

void complain(const std::string& text) { fprintf(stderr, "emulated GPU: %s\n", text.c_str()); }

}  // namespace driver

// Everything the driver knows: devices, contexts, memory, handles. One per process.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "memory.h"
#include "objects.h"
#include "settings.h"

namespace driver {

// A result as an exception: what a call's body throws, the call returns.
struct Failure {
  CUresult result;
};

// Objects by handle. A handle that is not in here is not valid.
template <typename T>
class Handles {
 public:
  void* add(std::shared_ptr<T> object) {
    void* handle = object.get();
    objects[handle] = std::move(object);
    return handle;
  }

  // Throws Failure with `otherwise` if no object has the handle.
  std::shared_ptr<T> get(const void* handle, CUresult otherwise = CUDA_ERROR_INVALID_HANDLE) const {
    auto found = objects.find(handle);
    if (found == objects.end()) throw Failure{otherwise};
    return found->second;
  }

  bool holds(const void* handle) const { return objects.count(handle) != 0; }
  void remove(const void* handle) { objects.erase(handle); }
  size_t size() const { return objects.size(); }

  std::vector<std::shared_ptr<T>> all() const {
    std::vector<std::shared_ptr<T>> list;
    for (const auto& [handle, object] : objects) list.push_back(object);
    return list;
  }

  template <typename Condition>
  void removeIf(Condition condition) {
    for (auto at = objects.begin(); at != objects.end();) at = condition(*at->second) ? objects.erase(at) : next(at);
  }

 private:
  std::map<const void*, std::shared_ptr<T>> objects;
};

struct State {
  bool initialised = false;
  std::string words;  // that a test gave for the settings
  Settings settings;
  Memory memory;
  std::vector<std::shared_ptr<Context>> primaryContexts;  // by device, null unless retained
  Handles<Context> contexts;
  Handles<Stream> streams;
  Handles<Event> events;
  Handles<Module> modules;
  Handles<Function> functions;
  Handles<Graph> graphs;
  Handles<GraphExec> graphExecs;
  std::vector<std::shared_ptr<Capture>> captures;  // in progress
  std::vector<std::shared_ptr<Context>> destroyedContexts;  // kept: threads may still hold them as current
  std::mt19937_64 random;
};

State& state();

// The mutex over State, and what is signalled when a stream finishes an operation.
std::mutex& stateMutex();
std::condition_variable& progress();

// The context current to this thread; throws Failure if there is none, it was destroyed, or it has a sticky error.
Context& currentContext();

// The contexts pushed by this thread, the current one last.
std::vector<Context*>& contextStack();

// Ends a context: drops its streams' work and frees all it owns.
void destroyContext(Context& context);

}  // namespace driver

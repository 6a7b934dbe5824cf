// The frame around every exported function: takes the mutex, counts the call, fails it if a test asked for that, turns
// exceptions into results.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "cuda_types.h"

namespace driver {

// Runs the body of the driver function `name` (without version suffix).
CUresult call(const char* name, const std::function<void()>& body);

// Holds the mutex and makes it the lock of this thread, for work that is no driver call.
class LockedCall {
 public:
  LockedCall();
  ~LockedCall();
  LockedCall(const LockedCall&) = delete;
  LockedCall& operator=(const LockedCall&) = delete;

 private:
  std::unique_lock<std::mutex> lock;
};

// The lock that this thread's call holds; released while an operation runs.
std::unique_lock<std::mutex>& heldLock();

// The `nth` next call (1 = the next) of the function returns `result` and does nothing. A sticky one also makes every
// later call of the current context return it. The name "execution" means operations as streams run them.
void failCall(const std::string& name, int nth, CUresult result, bool sticky);

// Counts one use of `name`; the result that a test asked for, or success.
struct Injected {
  CUresult result;
  bool sticky;
};
Injected countAndInject(const std::string& name);

// How often the function was called since the counters were cleared.
uint64_t callCount(const std::string& name);
void clearCounters();

// Marks this thread as one that runs a host function: calls return CUDA_ERROR_NOT_PERMITTED.
void enterHostFunction();

// Throws Failure{result} unless the condition holds.
void check(bool condition, CUresult result = CUDA_ERROR_INVALID_VALUE);

// One line on stderr that says what the program under test did wrong.
void complain(const std::string& text);

}  // namespace driver

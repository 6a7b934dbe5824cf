#include "faults.h"

#include <csetjmp>
#include <csignal>
#include <mutex>

#include "call.h"
#include "state.h"

namespace driver {
namespace {

// Where this thread goes on after a fault; null while it runs no kernel.
thread_local sigjmp_buf* escape = nullptr;
thread_local uintptr_t faultAddress = 0;
thread_local int faultSignal = 0;
struct sigaction previousActions[NSIG];

// Faults of kernels end the kernel. All others are somebody else's business: the JVM uses faults of its own.
void onFault(int signal, siginfo_t* info, void* context) {
  if (escape != nullptr) {
    faultAddress = reinterpret_cast<uintptr_t>(info->si_addr);
    faultSignal = signal;
    siglongjmp(*escape, 1);
  }
  const struct sigaction& previous = previousActions[signal];
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    sigaction(signal, &previous, nullptr);  // and fault again
  }
}

void install(int signal) {
  struct sigaction action;
  sigaction(signal, nullptr, &previousActions[signal]);
  action = previousActions[signal];
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigaction(signal, &action, nullptr);
}

struct Guard {
  explicit Guard(sigjmp_buf* here) { escape = here; }
  ~Guard() { escape = nullptr; }
};

}  // namespace

void runGuarded(const std::string& name, const std::function<void()>& body) {
  static std::once_flag installed;
  std::call_once(installed, [] {
    install(SIGSEGV);
    install(SIGBUS);
    install(SIGABRT);
  });
  sigjmp_buf here;
  if (sigsetjmp(here, 1) == 0) {
    Guard guard(&here);
    body();
    return;
  }
  escape = nullptr;
  if (faultSignal == SIGABRT) throw Failure{CUDA_ERROR_LAUNCH_FAILED};
  std::lock_guard<std::mutex> lock(stateMutex());
  complain(name + " touched an address that it may not: " + state().memory.describe(faultAddress));
  throw Failure{CUDA_ERROR_ILLEGAL_ADDRESS};
}

}  // namespace driver

#include "state.h"

#include <algorithm>

#include "call.h"

namespace driver {

// Never destroyed: threads may still call while the process ends.
State& state() {
  static State* one = new State();
  return *one;
}

std::mutex& stateMutex() {
  static std::mutex* one = new std::mutex();
  return *one;
}

std::condition_variable& progress() {
  static std::condition_variable* one = new std::condition_variable();
  return *one;
}

std::vector<Context*>& contextStack() {
  thread_local std::vector<Context*> stack;
  return stack;
}

Context& currentContext() {
  check(!contextStack().empty() && contextStack().back() != nullptr, CUDA_ERROR_INVALID_CONTEXT);
  Context* context = contextStack().back();
  check(state().contexts.holds(context), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  check(context->stickyError == CUDA_SUCCESS, context->stickyError);
  return *context;
}

void destroyContext(Context& context) {
  State& all = state();
  for (const std::shared_ptr<Stream>& stream : context.streams) {
    progress().wait(heldLock(), [&] { return !stream->running; });
    stream->work.clear();
    stream->finished = stream->enqueued;
    stream->capture.reset();
  }
  auto owned = [&](const auto& object) { return object.context == &context; };
  all.captures.erase(std::remove_if(all.captures.begin(), all.captures.end(),
                                    [&](const auto& capture) { return capture->origin->context == &context; }),
                     all.captures.end());
  all.streams.removeIf(owned);
  all.events.removeIf(owned);
  all.graphExecs.removeIf(owned);
  all.functions.removeIf([&](const Function& function) { return owned(*all.modules.get(function.module)); });
  all.modules.removeIf(owned);
  std::string damage = all.memory.damage(&context);
  if (!damage.empty()) complain(damage);
  all.memory.freeAll(&context);
  all.destroyedContexts.push_back(all.contexts.get(&context));
  all.contexts.remove(&context);
}

}  // namespace driver

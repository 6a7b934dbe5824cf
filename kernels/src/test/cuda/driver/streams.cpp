#include "streams.h"

#include <algorithm>

#include "call.h"
#include "captures.h"

namespace driver {
namespace {

// Takes the next operation of the stream, runs what it waits for, runs it. The mutex is free while it runs.
void runOne(Stream& stream) {
  stream.running = true;
  Operation operation = std::move(stream.work.front());
  stream.work.pop_front();
  CUresult& sticky = stream.context->stickyError;
  CUresult result = CUDA_SUCCESS;
  try {
    for (const Point& point : operation.after) reach(point);
    Injected wanted = countAndInject("execution");
    result = wanted.result;
    if (result == CUDA_SUCCESS && sticky == CUDA_SUCCESS) {
      std::unique_lock<std::mutex>& lock = heldLock();
      lock.unlock();
      try {
        operation.run();
      } catch (const Failure& failure) {
        result = failure.result;
      } catch (const std::exception& error) {
        complain(operation.name + ": " + error.what());
        result = CUDA_ERROR_LAUNCH_FAILED;
      }
      lock.lock();
    }
  } catch (const Failure& failure) {
    result = failure.result;
  }
  // An error of work that runs later than its call can be told to nobody but all later calls.
  if (sticky == CUDA_SUCCESS) sticky = result;
  stream.finished++;
  stream.running = false;
  progress().notify_all();
}

// Runs some of what the streams were given before they must, if the order asks for it.
void runAhead(const std::shared_ptr<Stream>& stream) {
  State& all = state();
  Context& context = *stream->context;
  if (all.settings.order == Order::EARLY) {
    reach(endOf(stream));
  } else if (all.settings.order == Order::SHUFFLED && all.random() % 4 == 0) {
    std::shared_ptr<Stream> any = context.streams[all.random() % context.streams.size()];
    approach(endOf(any));
  }
}

}  // namespace

std::shared_ptr<Stream> streamOf(CUstream handle) {
  Context& context = currentContext();
  auto number = reinterpret_cast<uintptr_t>(handle);
  if (number == 0 || number == CU_STREAM_LEGACY) {
    refuseLegacyStream(context);
    return context.streams.front();
  }
  check(number != CU_STREAM_PER_THREAD, CUDA_ERROR_NOT_SUPPORTED);
  std::shared_ptr<Stream> stream = state().streams.get(handle);
  check(stream->context->stickyError == CUDA_SUCCESS, stream->context->stickyError);
  return stream;
}

Point enqueue(const std::shared_ptr<Stream>& stream, const std::string& name, std::function<void()> run) {
  if (stream->capture) {
    capture(*stream, name, std::move(run));
    return {};
  }
  Operation operation{name, std::move(run), {}};
  Context& context = *stream->context;
  const std::shared_ptr<Stream>& legacy = context.streams.front();
  if (stream == legacy) {
    for (const std::shared_ptr<Stream>& other : context.streams) {
      if (other != legacy && other->blocking()) operation.after.push_back(endOf(other));
    }
  } else if (stream->blocking()) {
    operation.after.push_back(endOf(legacy));
  }
  stream->work.push_back(std::move(operation));
  stream->enqueued++;
  Point end = endOf(stream);
  runAhead(stream);
  return end;
}

Point endOf(const std::shared_ptr<Stream>& stream) { return {stream, stream->enqueued}; }

void waitFor(const std::shared_ptr<Stream>& stream, const Point& point) {
  Operation operation{"wait for an event", [] {}, {point}};
  stream->work.push_back(std::move(operation));
  stream->enqueued++;
}

void reach(const Point& point) {
  if (!point.stream) return;
  Stream& stream = *point.stream;
  while (stream.finished < point.number) {
    if (stream.running) {
      progress().wait(heldLock());
    } else {
      runOne(stream);
    }
  }
  check(stream.context->stickyError == CUDA_SUCCESS, stream.context->stickyError);
}

bool approach(const Point& point) {
  if (!point.stream || point.stream->finished >= point.number) return true;
  if (!point.stream->running) runOne(*point.stream);
  check(point.stream->context->stickyError == CUDA_SUCCESS, point.stream->context->stickyError);
  return false;
}

void reachAll(Context& context) {
  // A copy: while the mutex is free, another thread may add a stream.
  std::vector<std::shared_ptr<Stream>> streams = context.streams;
  for (const std::shared_ptr<Stream>& stream : streams) reach(endOf(stream));
  std::string damage = state().memory.damage(&context);
  if (!damage.empty()) {
    complain(damage);
    context.stickyError = CUDA_ERROR_ILLEGAL_ADDRESS;
    throw Failure{context.stickyError};
  }
}

std::shared_ptr<Stream> createStream(Context& context, unsigned flags, int priority) {
  auto stream = std::make_shared<Stream>();
  stream->context = &context;
  stream->flags = flags;
  stream->priority = priority;
  context.streams.push_back(stream);
  return stream;
}

}  // namespace driver
